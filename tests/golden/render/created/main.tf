variable "token" {
  default   = "secret"
  sensitive = true
}
resource "terraform_data" "a" {
  input = {
    list   = ["a", "b"]
    none   = null
    policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow" }] })
    token  = var.token
  }
}
output "id" {
  value = terraform_data.a.id
}
output "token" {
  value     = var.token
  sensitive = true
}
