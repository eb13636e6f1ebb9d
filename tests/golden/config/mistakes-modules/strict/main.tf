provider "google" {}
resource "google_x" "y" {}
