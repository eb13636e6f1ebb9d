variable "n" {}
resource "terraform_data" "x" {
  count = var.n
}
