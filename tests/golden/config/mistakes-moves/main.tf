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
