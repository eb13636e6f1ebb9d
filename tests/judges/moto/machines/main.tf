variable "step" { type = number }

locals { later = var.step > 1 }

resource "aws_vpc" "v" { cidr_block = "10.0.0.0/16" }

resource "aws_subnet" "s" {
  vpc_id            = aws_vpc.v.id
  cidr_block        = "10.0.1.0/24"
  availability_zone = "eu-west-1a"
}

resource "aws_security_group" "g" {
  name        = "g"
  description = "d"
  vpc_id      = aws_vpc.v.id
}

data "aws_ami" "a" {
  owners      = ["amazon"]
  most_recent = true

  filter {
    name   = "name"
    values = ["amzn2-ami-hvm-*-x86_64-gp2"]
  }
}

resource "aws_iam_role" "r" {
  name = "r"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
  })
}

resource "aws_iam_instance_profile" "p" {
  name = "p"
  role = aws_iam_role.r.name
}

resource "aws_key_pair" "k" {
  key_name   = "k"
  public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f me"
  tags       = { Step = var.step }
}

resource "aws_instance" "i" {
  ami                     = data.aws_ami.a.id
  instance_type           = local.later ? "t3.small" : "t3.micro"
  subnet_id               = aws_subnet.s.id
  vpc_security_group_ids  = [aws_security_group.g.id]
  iam_instance_profile    = aws_iam_instance_profile.p.name
  key_name                = aws_key_pair.k.key_name
  disable_api_termination = false

  metadata_options { http_tokens = "required" }

  tags = { Name = "step ${var.step}" }
}

resource "aws_ebs_volume" "v" {
  availability_zone = "eu-west-1a"
  size              = 10 * var.step
  type              = "gp3"
  tags              = { Step = var.step }
}

resource "aws_volume_attachment" "a" {
  device_name = "/dev/sdh"
  volume_id   = aws_ebs_volume.v.id
  instance_id = aws_instance.i.id
}

resource "aws_eip" "e" {
  domain   = "vpc"
  instance = aws_instance.i.id
  tags     = { Step = var.step }
}

resource "aws_launch_template" "t" {
  name                   = "template"
  description            = "step ${var.step}"
  image_id               = data.aws_ami.a.id
  instance_type          = local.later ? "t3.small" : "t3.micro"
  update_default_version = true

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_size = 10
      volume_type = "gp3"
      encrypted   = true
    }
  }

  metadata_options { http_tokens = "required" }

  tag_specifications {
    resource_type = "instance"
    tags          = { Step = var.step }
  }

  # moto takes the template's own tags for a part of what it says, and never changes them.
  lifecycle { ignore_changes = [tags, tags_all, tag_specifications] }
}

resource "aws_ebs_encryption_by_default" "d" {
  enabled    = local.later
  depends_on = [aws_ebs_volume.v, aws_instance.i]
}

resource "aws_spot_instance_request" "s" {
  ami           = data.aws_ami.a.id
  instance_type = "t3.micro"
  subnet_id     = aws_subnet.s.id
  spot_price    = "0.02"
  tags          = { Step = var.step }
}
