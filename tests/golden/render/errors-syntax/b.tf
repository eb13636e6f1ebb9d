locals {
  x = "${1 + }"
  y = 08
}
variable "never closed {
