variable "n" {
  type    = number
  default = "many"
}
variable "o" {
  type = object({ name = string, port = optional(number) })
  default = {
    nam = "x"
  }
}
variable "s" {
  type = strin
}
resource "terraform_data" "a" {
  count = "x"
}
