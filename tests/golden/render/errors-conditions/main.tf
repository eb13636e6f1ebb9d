variable "zone" {
  default = "x"
  validation {
    condition     = startswith(var.zone, "eu-")
    error_message = "Only zones in Europe, not ${var.zone}."
  }
}
resource "terraform_data" "a" {
  input = 1
  lifecycle {
    precondition {
      condition     = length([
        1,
        var.zone,
      ]) == 3
      error_message = "There must be three."
    }
  }
}
resource "terraform_data" "b" {
  input = 1
  lifecycle {
    postcondition {
      condition     = self.input == 2
      error_message = "The input must be two, and is ${self.input}."
    }
  }
}
