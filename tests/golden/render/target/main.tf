resource "terraform_data" "a" {
}
resource "terraform_data" "b" {
}
resource "terraform_data" "c" {
}
resource "terraform_data" "d" {
}
resource "terraform_data" "e" {
}
resource "terraform_data" "f" {
}
resource "terraform_data" "g" {
}
resource "terraform_data" "h" {
}
resource "terraform_data" "i" {
}
resource "terraform_data" "j" {
}
