output "text" {
  value = "one\ntwo\n"
}
output "gone" {
  value = [1, 2]
}
output "map" {
  value = { a = 1, b = 2 }
}
