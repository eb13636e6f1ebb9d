variable "token" {
  ephemeral = true
  default   = "hunter2"
}

locals {
  header = "Authorization: ${var.token}"
}

resource "terraform_data" "b" {
  # what follows
}

resource "terraform_data" "a" {
  depends_on = [terraform_data.b]

  provisioner "local-exec" {
    command = "echo \"${local.header}\""
  }
  provisioner "local-exec" {
    command     = "echo $TOKEN >&2; exit 1"
    environment = { TOKEN = sensitive(var.token) }
  }
}

output "kept" {
  value = "a"
}
