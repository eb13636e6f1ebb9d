resource "terraform_data" "counted" {
  count = 1
}
resource "terraform_data" "each" {
  for_each = toset(["b"])
}
