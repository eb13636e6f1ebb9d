resource "terraform_data" "b" {
  input = 1
}
resource "terraform_data" "d" {
  input = 2
}
moved {
  from = terraform_data.a
  to   = terraform_data.b
}
moved {
  from = terraform_data.c
  to   = terraform_data.d
}
