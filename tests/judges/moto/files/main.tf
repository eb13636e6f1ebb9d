variable "step" { type = number }

resource "aws_vpc" "v" { cidr_block = "10.0.0.0/16" }

resource "aws_subnet" "s" {
  for_each          = { a = "10.0.1.0/24", b = "10.0.2.0/24" }
  vpc_id            = aws_vpc.v.id
  cidr_block        = each.value
  availability_zone = "eu-west-1${each.key}"
}

resource "aws_security_group" "g" {
  for_each    = toset(["1", "2"])
  name        = "g${each.key}"
  description = "d"
  vpc_id      = aws_vpc.v.id
}

resource "aws_efs_file_system" "f" {
  creation_token = "f"
  encrypted      = true

  lifecycle_policy { transition_to_ia = "AFTER_30_DAYS" }

  tags = { Name = "step ${var.step}" }
}

resource "aws_efs_mount_target" "t" {
  for_each        = aws_subnet.s
  file_system_id  = aws_efs_file_system.f.id
  subnet_id       = each.value.id
  security_groups = [aws_security_group.g[var.step].id]
}

resource "aws_efs_access_point" "p" {
  file_system_id = aws_efs_file_system.f.id

  posix_user {
    uid = 1000
    gid = 1000
  }

  root_directory {
    path = "/data"

    creation_info {
      owner_uid   = 1000
      owner_gid   = 1000
      permissions = "0755"
    }
  }

  tags = { Step = var.step }
}

resource "aws_db_subnet_group" "d" {
  name        = "d"
  description = "d"
  subnet_ids  = [for s in aws_subnet.s : s.id]
  tags        = { Step = var.step }
}

resource "aws_redshift_subnet_group" "r" {
  name       = "r"
  subnet_ids = [for s in aws_subnet.s : s.id]
  tags       = { Step = var.step }
}

resource "aws_dynamodb_table" "t" {
  name         = "table"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "LockID"

  attribute {
    name = "LockID"
    type = "S"
  }

  ttl {
    attribute_name = "Expires"
    enabled        = true
  }

  point_in_time_recovery { enabled = var.step > 1 }

  tags = { Step = var.step }
}
