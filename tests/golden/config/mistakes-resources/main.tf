resource "aws_vpc" "a" {
  count    = 1
  for_each = {}
}
resource "aws_vpc" "a" {}
resource "aws_vpc" {}
resource "aws_vpc" "1x" {}
resource "aws_vpc" "b" {
  depends_on = [aws_vpc.a.id + 1, "aws_vpc.a"]
  provider   = aws.missing
  lifecycle {
    prevent_destroy = var.x
    ignore_changes  = ["*", name, name]
    create_befor_destroy = true
    replace_triggered_by = [var.x, 5]
  }
  provisioner "remote_exec" {}
  provisioner "local-exec" {
    when       = later
    on_failure = retry
    command    = "x"
  }
  provisioner "local-exec" {
    when    = destroy
    command = "echo ${var.x} ${self.id}"
  }
}
data "aws_region" "r" {
  provisioner "local-exec" {
    command = "x"
  }
  lifecycle {
    prevent_destroy = true
  }
}
resorce "aws_vpc" "c" {}
check "empty" {}
resource "aws_x" "nulls" {
  lifecycle {
    create_before_destroy = null
    prevent_destroy       = null
    ignore_changes        = [tags, tags]
  }
}
resource "aws_x" "itself" {
  count = 2
  lifecycle {
    precondition {
      condition     = aws_x.itself[0].name != ""
      error_message = "It has no name."
    }
    postcondition {
      condition     = self.name != ""
      error_message = "${aws_x.itself[0].name} has no name."
    }
  }
}
resource "dash-_x" "y" {
  provisioner "local-exec" {
    when       = "destroy"
    on_failure = "continue"
    command    = "x"
  }
}
resource "dash-_x" "named" {
  provider = aws
}
resource "aws_x" "not_lower" {
  provider = AWS
}
