resource "aws_x" "counted" {
  count = 2
}
resource "aws_x" "waits" {}
output "waits" {
  value = 1
}
module "waits" {
  source = "./m"
}
