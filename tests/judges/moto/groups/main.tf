variable "step" { type = number }

resource "aws_vpc" "v" { cidr_block = "10.0.0.0/16" }

resource "aws_subnet" "s" {
  for_each          = { a = "10.0.1.0/24", b = "10.0.2.0/24" }
  vpc_id            = aws_vpc.v.id
  cidr_block        = each.value
  availability_zone = "eu-west-1${each.key}"
}

data "aws_ami" "a" {
  owners      = ["amazon"]
  most_recent = true

  filter {
    name   = "name"
    values = ["amzn2-ami-hvm-*-x86_64-gp2"]
  }
}

resource "aws_launch_template" "t" {
  name          = "template"
  image_id      = data.aws_ami.a.id
  instance_type = "t3.micro"

  # moto takes the template's own tags for a part of what it says.
  lifecycle { ignore_changes = [tag_specifications] }
}

resource "aws_autoscaling_group" "g" {
  name                = "g"
  min_size            = 1
  max_size            = 2 + var.step
  desired_capacity    = var.step
  vpc_zone_identifier = [for s in aws_subnet.s : s.id]

  launch_template {
    id      = aws_launch_template.t.id
    version = "$Latest"
  }

  tag {
    key                 = "Step"
    value               = var.step
    propagate_at_launch = true
  }
}

resource "aws_autoscaling_schedule" "s" {
  scheduled_action_name  = "s"
  autoscaling_group_name = aws_autoscaling_group.g.name
  min_size               = 0
  max_size               = var.step
  desired_capacity       = 0
  recurrence             = "0 20 * * *"
}
