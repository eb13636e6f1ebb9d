# Words of the language, a provider among them, as names.
terraform {
  required_providers {
    null = { source = "hashicorp/null" }
  }
}
provider "null" {
  alias = "west"
}
module "m" {
  source = "./m"
  providers = {
    null      = null
    null.west = null.west
  }
}
resource "null_resource" "a" {
  provider = null.west
  lifecycle {
    ignore_changes = [true.x]
  }
}
resource "null_resource" "b" {
  provider = "null.west"
}
moved {
  from = null.a
  to   = false.b["x"]
}
