resource "aws_vpc" "v" {
  cidr_block           = "10.0.0.0/16"
  enable_dns_hostnames = true
  lifecycle { ignore_changes = [tags["Owner"], tags_all["Owner"]] }
}
resource "aws_internet_gateway" "g" { vpc_id = aws_vpc.v.id }
resource "aws_subnet" "s" {
  vpc_id            = aws_vpc.v.id
  cidr_block        = "10.0.1.0/24"
  availability_zone = "eu-west-1a"
}
data "aws_ami" "al2023" {
  owners      = ["amazon"]
  most_recent = true
  filter {
    name   = "name"
    values = ["al2023-ami-2023*-x86_64"]
  }
}
data "aws_ec2_instance_type" "t" { instance_type = "m5.large" }
data "aws_ec2_instance_type_offerings" "o" {
  location_type = "availability-zone"
  filter {
    name   = "instance-type"
    values = ["t3.micro"]
  }
}
resource "aws_iam_role" "r" {
  name               = "r"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" }] })
}
resource "aws_iam_instance_profile" "p" {
  name = "p"
  role = aws_iam_role.r.name
}
resource "aws_key_pair" "k" {
  key_name   = "k"
  public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f me"
}
resource "aws_instance" "plain" {
  ami                         = data.aws_ami.al2023.id
  instance_type               = "t3.micro"
  subnet_id                   = aws_subnet.s.id
  associate_public_ip_address = true
  key_name                    = aws_key_pair.k.key_name
  depends_on                  = [aws_internet_gateway.g]
}
resource "aws_instance" "full" {
  ami                    = data.aws_ami.al2023.id
  instance_type          = "m5.large"
  subnet_id              = aws_subnet.s.id
  iam_instance_profile   = aws_iam_instance_profile.p.name
  user_data              = "#!/bin/sh\necho hello"
  monitoring             = true
  ebs_optimized          = true
  disable_api_termination = false
  source_dest_check      = false
  metadata_options {
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }
  root_block_device {
    volume_size = 20
    volume_type = "gp3"
    encrypted   = true
    tags        = { Name = "root" }
  }
  ebs_block_device {
    device_name = "/dev/sdf"
    volume_size = 5
    volume_type = "gp3"
    throughput  = 200
    encrypted   = true
  }
  tags = { Name = "full" }
}
resource "aws_ebs_volume" "v" {
  availability_zone = "eu-west-1a"
  size              = 10
  type              = "gp3"
  tags              = { Name = "v" }
}
resource "aws_volume_attachment" "a" {
  device_name = "/dev/sdh"
  volume_id   = aws_ebs_volume.v.id
  instance_id = aws_instance.plain.id
}
resource "aws_eip" "e" {
  domain   = "vpc"
  instance = aws_instance.full.id
}
resource "aws_placement_group" "c" {
  name     = "c"
  strategy = "cluster"
}
resource "aws_placement_group" "s" {
  name     = "s"
  strategy = "spread"
}
resource "aws_ec2_tag" "t" {
  resource_id = aws_vpc.v.id
  key         = "Owner"
  value       = "me"

}
resource "aws_ebs_encryption_by_default" "d" {
  enabled    = true
  depends_on = [aws_ebs_volume.v, aws_instance.full, aws_instance.plain, aws_instance.lt]
}
resource "aws_network_interface" "n" {
  subnet_id   = aws_subnet.s.id
  private_ips = ["10.0.1.50"]
  description = "d"
  attachment {
    instance     = aws_instance.plain.id
    device_index = 1
  }
}
resource "aws_launch_template" "lt" {
  name_prefix            = "lt-"
  image_id               = data.aws_ami.al2023.id
  instance_type          = "t3.micro"
  update_default_version = true
  description            = "d"

  ebs_optimized          = true
  block_device_mappings {
    device_name = "/dev/xvda"
    ebs {
      volume_size           = 10
      volume_type           = "gp3"
      encrypted             = true
      delete_on_termination = true
    }
  }
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 2
  }
  monitoring { enabled = false }
  network_interfaces {
    device_index                = 0
    subnet_id                   = aws_subnet.s.id
    associate_public_ip_address = false
    security_groups             = [aws_vpc.v.default_security_group_id]
  }
  iam_instance_profile { name = aws_iam_instance_profile.p.name }
  placement { tenancy = "default" }
  tag_specifications {
    resource_type = "volume"
    tags          = { V = "w" }
  }
  tags = { Name = "lt" }
}
resource "aws_launch_template" "bare" { name = "bare" }
resource "aws_launch_template" "req" {
  name = "req"
  image_id = data.aws_ami.al2023.id
  instance_requirements {
    memory_mib { min = 2048 }
    vcpu_count {
      min = 2
      max = 4
    }
    cpu_manufacturers = ["intel"]
  }
  instance_market_options { market_type = "spot" }
  cpu_options {
    core_count       = 1
    threads_per_core = 1
  }
  private_dns_name_options {
    hostname_type = "ip-name"
  }
}
resource "aws_instance" "lt" {
  launch_template {
    id      = aws_launch_template.lt.id
    version = "$Latest"
  }
}
