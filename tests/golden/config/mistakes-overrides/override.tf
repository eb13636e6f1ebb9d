# The count of the block goes before.
resource "aws_x" "counted" {
  for_each = toset(["a"])
}
resource "aws_x" "waits" {
  count      = 1
  for_each   = {}
  depends_on = [aws_x.counted]
}
output "waits" {
  depends_on = [aws_x.counted]
}
module "waits" {
  depends_on = [aws_x.counted]
}
