import {
  to = terraform_data.a
  id = "an-id"
}
resource "terraform_data" "a" {
}
