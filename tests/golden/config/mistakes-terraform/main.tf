terraform {
  required_version = "~> 1.12"
  required_providers {
    aws = { source = "a/b/c/d", verison = "1" }
    x   = "=> 1"
    y   = 5
    p   = { source = "hashicorp/q" }
    q   = {}
  }
  backend "s3" {}
  backend "local" {}
  cloud {}
  experiments = [x]
}
provider "aws" {
  count = 2
}
provider "aws" {
  version = "~> 5.0"
}
provider "aws" {
  alias = "x y"
}
terraform {
  required_version = null
  required_providers {
    numbered = {
      source = 5
    }
  }
}
terraform {
  experiments = []
  required_providers {}
}
terraform {
  required_providers {
    my_x = { source = "hashicorp/x" }
    C    = { source = "hashicorp/c" }
    d--d = { source = "hashicorp/d_d" }
  }
  provider_meta "x" {
    name = "a"
    from = [var.name]
  }
}
provider "under_score" {}
