resource "aws_default_vpc" "d" { force_destroy = true }
resource "aws_vpc" "w" { cidr_block = "10.1.0.0/16" }
resource "aws_subnet" "t" {
  for_each          = { a = "10.1.1.0/24", b = "10.1.2.0/24" }
  vpc_id            = aws_vpc.w.id
  cidr_block        = each.value
  availability_zone = "eu-west-1${each.key}"
}
resource "aws_elasticache_subnet_group" "e" {
  name       = "e"
  subnet_ids = [for s in aws_subnet.t : s.id]
}
resource "aws_redshift_subnet_group" "r" {
  name       = "r"
  subnet_ids = [for s in aws_subnet.t : s.id]
  tags       = { A = "b" }
}
resource "aws_vpc_block_public_access_options" "o" { internet_gateway_block_mode = "block-ingress" }
resource "aws_vpc_block_public_access_exclusion" "x" {
  vpc_id                          = aws_vpc.w.id
  internet_gateway_exclusion_mode = "allow-egress"
}
data "aws_ami" "a" {
  owners      = ["amazon"]
  most_recent = true
  name_regex  = "^al2023-ami-2023.*-x86_64$"
}
resource "aws_instance" "i" {
  ami           = data.aws_ami.a.id
  instance_type = "t3.nano"
  subnet_id     = aws_subnet.t["a"].id
  user_data     = "hello"
  ebs_block_device {
    device_name = "/dev/sdf"
    volume_size = 5
    tags        = { V = "w" }
  }
  private_dns_name_options {
    hostname_type                     = "ip-name"
    enable_resource_name_dns_a_record = true
  }
  maintenance_options { auto_recovery = "disabled" }
  capacity_reservation_specification { capacity_reservation_preference = "none" }
  enclave_options { enabled = false }
  cpu_options {
    core_count       = 1
    threads_per_core = 2
  }
  hibernation = false
  tenancy     = "default"
}
data "aws_instance" "i" {
  instance_id   = aws_instance.i.id
  get_user_data = true
}
resource "aws_instance" "spot" {
  ami           = data.aws_ami.a.id
  instance_type = "m5.large"
  subnet_id     = aws_subnet.t["a"].id
  instance_market_options {
    market_type = "spot"
  }
}
resource "aws_launch_template" "full" {
  name_prefix = "full-"
  image_id    = data.aws_ami.a.id
  block_device_mappings {
    device_name  = "/dev/sdb"
    virtual_name = "ephemeral0"
  }
  capacity_reservation_specification { capacity_reservation_preference = "open" }
  credit_specification { cpu_credits = "standard" }
  enclave_options { enabled = true }
  hibernation_options { configured = false }
  maintenance_options { auto_recovery = "default" }
  instance_initiated_shutdown_behavior = "terminate"
  disable_api_stop                     = true
  vpc_security_group_ids               = [aws_vpc.w.default_security_group_id]
  instance_market_options {
    market_type = "spot"
    spot_options {
      max_price          = "0.05"
      spot_instance_type = "one-time"
    }
  }
  license_specification { license_configuration_arn = "arn:aws:license-manager:eu-west-1:123456789012:license-configuration:lic-0123456789abcdef0123456789abcdef" }
}
resource "aws_ebs_volume" "gp2" {
  availability_zone = "eu-west-1a"
  size              = 40
}
resource "aws_ebs_volume" "io2" {
  availability_zone    = "eu-west-1a"
  size                 = 40
  type                 = "io2"
  iops                 = 400
  multi_attach_enabled = true
  encrypted            = true
}
resource "aws_placement_group" "partitions" {
  name            = "p"
  strategy        = "partition"
  partition_count = 3
}
resource "aws_key_pair" "rsa" {
  key_name_prefix = "rsa-"
  public_key      = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQDDCzBVep/E6Q4zWH2ix+wRNluApcrvFDleg6jN8hc8YYar0PUaP2SJrtP4HUJnjLHW+yBFao+02f4jSG2St9wBJktwlbrfBClOc5i94gcsUXabwOUKL1R5nsPoDTJXfKHG6xA1Wn+kye4TOF2Cp8zxFjtgharP9Bk+Y4it0vccQWaLsNX6H0RpjrPY/SJHbJG22wAlSm+Uud4DKE1yl7zhBitQdZq/5AkuU3idwucMMVZ7oMXqDzRZfqPI7RI3XIGmy/AVOl+Eqc7zGD1ih6zR9htAZYqv1PkeQ2iNstf8IUZrkLXa/yRJbpO43QInTHGWu+AFKk90mb7jCC1Sd5zB me"
}
