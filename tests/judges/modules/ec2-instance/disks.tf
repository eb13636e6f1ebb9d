locals {
  user_data = <<-EOT
    #!/bin/bash
    echo "Hello"
  EOT

  instances = {
    one = {
      type = "t3.micro"
      root = [{ encrypted = true, volume_type = "gp3", throughput = 200, volume_size = 50, tags = { Name = "root" } }]
    }
    two   = { type = "t3.small", root = [{ encrypted = true, volume_type = "gp2", volume_size = 50 }] }
    three = { type = "t3.medium", root = [] }
  }
}

data "aws_ami" "linux" {
  most_recent = true
  owners      = ["amazon"]

  filter {
    name   = "name"
    values = ["al2023-ami-2023*-x86_64"]
  }
}

module "server" {
  source = "./module"

  # An address can be tied to it only where there is a way to the internet.
  depends_on = [aws_internet_gateway.this]

  name                   = "server"
  ami                    = data.aws_ami.linux.id
  instance_type          = "c5.xlarge"
  availability_zone      = "eu-west-1a"
  subnet_id              = aws_subnet.this[0].id
  vpc_security_group_ids = [aws_security_group.this.id]
  placement_group        = aws_placement_group.this.id
  create_eip             = true
  disable_api_stop       = false

  create_iam_instance_profile = true
  iam_role_description        = "Role of the server"
  iam_role_policies = {
    ssm = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
  }

  hibernation                 = true
  user_data_base64            = base64encode(local.user_data)
  user_data_replace_on_change = true

  cpu_options = {
    core_count       = 2
    threads_per_core = 1
  }
  metadata_options = {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 8
    instance_metadata_tags      = "enabled"
  }

  enable_volume_tags = false
  root_block_device = [
    { encrypted = true, volume_type = "gp3", throughput = 200, volume_size = 50, tags = { Name = "root" } },
  ]
  ebs_block_device = [
    {
      device_name = "/dev/sdf"
      volume_type = "gp3"
      volume_size = 5
      throughput  = 200
      encrypted   = true
      kms_key_id  = aws_kms_key.this.arn
      tags        = { MountPoint = "/mnt/data" }
    }
  ]
  instance_tags = { Persistence = "09:00-18:00" }
  tags          = { Component = "server" }
}

module "several" {
  source   = "./module"
  for_each = local.instances

  name                   = "several-${each.key}"
  instance_type          = each.value.type
  subnet_id              = aws_subnet.this[1].id
  vpc_security_group_ids = [aws_security_group.this.id]
  enable_volume_tags     = false
  root_block_device      = each.value.root
}

module "interface" {
  source = "./module"

  name = "interface"
  network_interface = [
    {
      device_index          = 0
      network_interface_id  = aws_network_interface.this.id
      delete_on_termination = false
    }
  ]
}

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id
}

resource "aws_network_interface" "this" {
  subnet_id = aws_subnet.this[0].id
}

resource "aws_placement_group" "this" {
  name     = "server"
  strategy = "cluster"
}

resource "aws_kms_key" "this" {
  deletion_window_in_days = 7
}

resource "aws_security_group" "this" {
  name_prefix = "server-"
  vpc_id      = aws_vpc.this.id
}

output "instances" {
  value = [module.server, module.several, module.interface]
}
