moved {
  from = aws_x.y
}
moved {
  from = aws_x.y
  to   = module.z
}
moved {
  from = data.aws_x.y
  to   = data.aws_x.z
}
moved {
  from = aws_x.y.z.w
  to   = aws_x.z
}
moved {
  from = aws_x.y
  to   = aws_x.y
}
removed {
  from = aws_x.y[0]
}
removed {
  from = aws_x.y
  provisioner "local-exec" {
    command = "x"
  }
}
import {
  to = data.aws_x.y
  id = 1
}
moved {
  from = "aws_x.q"
  to   = aws_x.r
}
moved {
  from = var.a
  to   = aws_x.s
}
import {
  to = aws_x.twice
  id = "a"
}
import {
  to = aws_x.twice
  id = "b"
}
import {
  to = aws_x.y[local.i]
  id = "a"
}
resource "aws_x" "twice" {}
import {
  to       = aws_x.elsewhere
  id       = "a"
  provider = aws.east
}
resource "aws_x" "elsewhere" {}
import {
  to       = aws_x.elsewhere
  id       = "b"
  provider = aws.east
}
removed {
  from = "aws_x.q"
}
removed {
  from = module.m
  provisioner "local-exec" {
    when    = destroy
    command = "x"
  }
}
removed {
  from = aws_x.q
  lifecycle {
    destroy = null
  }
}
