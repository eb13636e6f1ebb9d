output "text" {
  value = "one\nthree\n"
}
output "map" {
  value = { a = 1, b = 3, c = null }
}
output "now_secret" {
  value     = "x"
  sensitive = true
}
