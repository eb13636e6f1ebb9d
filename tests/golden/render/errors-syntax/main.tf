resource "terraform_data" "a" {
  input "x"
}

output "o" {
  value = [1, 2
}
