terraform {
  required_version = ">= 1.5, < 2.0"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.87, < 6.0"
    }
  }
  backend "s3" {
    bucket = "b"
    key    = "k"
  }
}

provider "aws" {
  region = var.region
}

provider "aws" {
  alias  = "us"
  region = "us-east-1"
}

variable "region" {}

variable "subnets" {
  type = map(object({
    cidr  = string
    zones = optional(list(string), ["a"])
    nat   = optional(object({ count = optional(number, 1) }), {})
  }))
  default     = { x = { cidr = "10.0.0.0/24" } }
  description = "subnets"
  nullable    = false
  validation {
    condition     = length(var.subnets) > 0
    error_message = "At least one."
  }
}

variable "token" {
  type      = string
  sensitive = true
  ephemeral = true
  default   = null
}

variable "pair" {
  type    = tuple([string, number, set(bool)])
  default = ["a", "2", [true, true]]
}

locals {
  a = 1
  b = upper("x")
}

resource "aws_vpc" "main" {
  count      = 2
  provider   = aws.us
  cidr_block = "10.0.0.0/16"
  depends_on = [aws_eip.x, module.child]

  lifecycle {
    create_before_destroy = true
    prevent_destroy       = true
    ignore_changes        = [tags["Name"], cidr_block, rule[0].port]
    replace_triggered_by  = [aws_eip.x[count.index].id]
    precondition {
      condition     = var.region != ""
      error_message = "No region."
    }
    postcondition {
      condition     = self.id != ""
      error_message = "No id."
    }
  }

  connection {
    host = self.id
  }

  provisioner "local-exec" {
    command    = "echo ${self.id}"
    on_failure = continue
  }
  provisioner "local-exec" {
    when    = destroy
    command = "echo ${self.id} ${count.index}"
  }
}

resource "aws_eip" "x" {
  for_each = var.subnets
  lifecycle {
    ignore_changes = all
  }
}

data "aws_region" "current" {}

ephemeral "aws_secret" "s" {}

module "child" {
  source   = "./child"
  for_each = var.subnets
  name     = each.key
}

output "id" {
  value      = aws_vpc.main[*].id
  sensitive  = true
  depends_on = [aws_eip.x]
}

moved {
  from = aws_vpc.old["a"]
  to   = aws_vpc.main[0]
}

moved {
  from = module.a
  to   = module.child["x"]
}

removed {
  from = module.gone.aws_x.y
  lifecycle {
    destroy = true
  }
  lifecycle {
    destroy = false
  }
  lifecycle {}
}

import {
  for_each = { a = "id-1" }
  to       = module.child[each.key].aws_x.y[each.value]
  id       = each.value
}

check "health" {
  data "http" "it" {
    url = "https://example.com"
  }
  assert {
    condition     = data.http.it.status_code == 200
    error_message = "Down."
  }
}
