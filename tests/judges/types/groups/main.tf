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
  name_regex  = "^al2023-ami-2023.*-x86_64$"
}
resource "aws_launch_template" "t" {
  name          = "nodes"
  image_id      = data.aws_ami.a.id
  instance_type = "t3.micro"
}
resource "aws_autoscaling_group" "g" {
  name_prefix         = "g-"
  min_size            = 1
  max_size            = 3
  desired_capacity    = 2
  vpc_zone_identifier = [for s in aws_subnet.s : s.id]
  launch_template {
    id      = aws_launch_template.t.id
    version = "$Latest"
  }
  health_check_grace_period = 60
  enabled_metrics           = ["GroupMinSize"]
  suspended_processes       = ["AZRebalance"]
  termination_policies      = ["OldestInstance"]
  instance_maintenance_policy {
    min_healthy_percentage = 90
    max_healthy_percentage = 120
  }
  instance_refresh {
    strategy = "Rolling"
    preferences { min_healthy_percentage = 66 }
  }
  tag {
    key                 = "A"
    value               = "b"
    propagate_at_launch = true
  }
}
resource "aws_autoscaling_group" "bare" {
  name                = "bare"
  min_size            = 0
  max_size            = 0
  vpc_zone_identifier = [for s in aws_subnet.s : s.id]
  launch_template { name = aws_launch_template.t.name }
}
resource "aws_autoscaling_group" "mixed" {
  name                = "mixed"
  min_size            = 1
  max_size            = 1
  force_delete        = true
  vpc_zone_identifier = [for s in aws_subnet.s : s.id]
  mixed_instances_policy {
    instances_distribution {
      on_demand_percentage_above_base_capacity = 0
      spot_allocation_strategy                 = "price-capacity-optimized"
    }
    launch_template {
      launch_template_specification { launch_template_id = aws_launch_template.t.id }
      override {
        instance_type     = "m5.large"
        weighted_capacity = "1"
      }
      override { instance_type = "m6i.large" }
    }
  }
}
resource "aws_autoscaling_schedule" "s" {
  scheduled_action_name  = "s"
  autoscaling_group_name = aws_autoscaling_group.g.name
  min_size               = 0
  max_size               = 1
  desired_capacity       = 0
  recurrence             = "0 20 * * *"
}
resource "aws_instance" "lt" {
  subnet_id = aws_subnet.s["a"].id
  launch_template { name = aws_launch_template.t.name }
}
resource "aws_instance" "vt" {
  ami           = data.aws_ami.a.id
  instance_type = "t3.nano"
  subnet_id     = aws_subnet.s["a"].id
  volume_tags   = { V = "w" }
  user_data     = "hello"
  private_ip    = "10.0.1.99"
  credit_specification { cpu_credits = "standard" }
}
resource "aws_network_interface" "n" { subnet_id = aws_subnet.s["a"].id }
resource "aws_instance" "eni" {
  ami           = data.aws_ami.a.id
  instance_type = "t3.nano"
  network_interface {
    network_interface_id = aws_network_interface.n.id
    device_index         = 0
  }
}
