variable "name" {
  type = string
}
resource "aws_x" "y" {}
output "name" {
  value = var.name
}
