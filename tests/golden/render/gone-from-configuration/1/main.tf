resource "terraform_data" "gone" {
}
resource "terraform_data" "counted" {
  count = 3
}
resource "terraform_data" "each" {
  for_each = toset(["a", "b"])
}
module "m" {
  source = "./m"
}
