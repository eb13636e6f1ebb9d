module "instance" {
  source = "./module"

  name                   = "bastion"
  instance_type          = "t3.micro"
  monitoring             = true
  subnet_id              = aws_subnet.this[0].id
  vpc_security_group_ids = [aws_security_group.this.id]
}

module "ignored" {
  source = "./module"

  name               = "ignores-new-images"
  ignore_ami_changes = true
  instance_type      = "t3.small"
  subnet_id          = aws_subnet.this[0].id

  associate_public_ip_address = true
  cpu_credits                 = "unlimited"
  maintenance_options         = { auto_recovery = "default" }
}

module "none" {
  source = "./module"

  create = false
}

resource "aws_security_group" "this" {
  name_prefix = "bastion-"
  vpc_id      = aws_vpc.this.id
}

output "instance" {
  value = module.instance
}

output "ignored" {
  value = module.ignored
}

output "none" {
  value = module.none
}
