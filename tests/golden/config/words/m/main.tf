terraform {
  required_providers {
    null = {
      source                = "hashicorp/null"
      configuration_aliases = [null, null.west]
    }
  }
}
resource "null_resource" "a" {
  provider = null.west
}
