variable "source" {}
variable "a" {
  type    = number
  default = "x"
}
variable "a" {}
variable "b" {
  type = "string"
}
variable "c" {
  type = strng
}
variable "d" {
  type = list(string, number)
}
variable "e" {
  type = object({ a = optional(number, "x"), a = string, b = map })
}
variable "f" {
  default = var.a
}
variable "g" {
  default = upper("x")
}
variable "h" {
  nullable = false
  default  = null
}
variable "i" {
  sensitive = "maybe"
  defualt   = 1
  validation {
    condition     = true
    error_message = "x"
  }
  validation {
    condition = var.a > 1
    error_message = "x"
  }
}
variable "j" {
  type = optional(string)
}
variable "k" {
  type    = number
  default = 60 * 60
}
output "o" {}
output "o2" {
  value = 1
  postcondition {
    condition     = true
    error_message = "x"
  }
}
locals {
  x = 1
}
locals {
  x = 2
}
variable "provider" {}
variable "nulls" {
  nullable = null
}
