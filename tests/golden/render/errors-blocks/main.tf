resorce "terraform_data" "a" {}
resource "terraform_data" "b" {
  lifecycl {
  }
  lifecycle {
    prevent_destory = true
    ignore_changes  = [inputs]
  }
}
provider "awss" {}
resource "awss_vpc" "x" {}
module "m" {
}
