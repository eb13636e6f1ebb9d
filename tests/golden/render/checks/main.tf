resource "terraform_data" "a" {
  input = 1
}
locals {
  one = 1
}
check "wrong" {
  assert {
    condition     = local.one == 2
    error_message = "One is not two."
  }
}
check "later" {
  assert {
    condition     = terraform_data.a.id != ""
    error_message = "There must be an id."
  }
}
output "o" {
  value = 1
  precondition {
    condition     = terraform_data.a.output == 1
    error_message = "The output must be one."
  }
}
