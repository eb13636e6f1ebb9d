variable "secret" {
  default   = "hunter2"
  sensitive = true
}
variable "number" {
  default = 5
}
variable "none" {
  default = null
}
locals {
  object = { a = { b = [1, 2, 3] }, c = 1 }
  long   = join("", [for i in range(100) : "0123456789"])
}
resource "terraform_data" "a" {
}
resource "terraform_data" "b" {
  input = [
    var.number.x,
    var.secret.x,
    local.object.d,
    local.object.a.b.c,
    local.long.x,
    var.none.x,
    upper(local.object),
    "${local.object}",
    var.number ? 1 : 2,
    [1, 2][terraform_data.a.id],
    [1, 2][var.number],
  ]
}
