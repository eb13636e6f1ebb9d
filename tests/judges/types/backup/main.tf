# Backups with plans and selections, trust anchors and profiles of Roles Anywhere, and the data sources beside them.

resource "aws_kms_key" "backup" {
  deletion_window_in_days = 7
}

resource "aws_backup_vault" "plain" {
  name = "plain"
}

resource "aws_backup_vault" "own" {
  name          = "own"
  kms_key_arn   = aws_kms_key.backup.arn
  force_destroy = true
  tags          = { Name = "own" }
}

resource "aws_iam_role" "backup" {
  name = "backup"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "backup.amazonaws.com" } }]
  })
}

resource "aws_backup_plan" "simple" {
  name = "simple"

  rule {
    rule_name         = "daily"
    target_vault_name = aws_backup_vault.plain.name
    schedule          = "cron(0 5 ? * * *)"
  }
}

resource "aws_backup_plan" "full" {
  name = "full"
  tags = { Name = "full" }

  rule {
    rule_name                    = "daily"
    target_vault_name            = aws_backup_vault.plain.name
    schedule                     = "cron(0 5 ? * * *)"
    schedule_expression_timezone = "Europe/Berlin"
    start_window                 = 90
    completion_window            = 240
    recovery_point_tags          = { Kind = "daily" }

    lifecycle {
      cold_storage_after = 30
      delete_after       = 180
    }

    copy_action {
      destination_vault_arn = aws_backup_vault.own.arn

      lifecycle {
        delete_after = 365
      }
    }
  }

  rule {
    rule_name                = "continuous"
    target_vault_name        = aws_backup_vault.own.name
    enable_continuous_backup = true

    lifecycle {
      delete_after = 14
    }
  }

  advanced_backup_setting {
    resource_type  = "EC2"
    backup_options = { WindowsVSS = "enabled" }
  }
}

resource "aws_backup_selection" "tagged" {
  name         = "tagged"
  plan_id      = aws_backup_plan.simple.id
  iam_role_arn = aws_iam_role.backup.arn

  selection_tag {
    type  = "STRINGEQUALS"
    key   = "Backup"
    value = "yes"
  }
}

resource "aws_backup_selection" "named" {
  name          = "named"
  plan_id       = aws_backup_plan.full.id
  iam_role_arn  = aws_iam_role.backup.arn
  resources     = ["arn:aws:ec2:*:*:volume/*", "arn:aws:elasticfilesystem:*:*:file-system/*"]
  not_resources = ["arn:aws:ec2:*:*:volume/vol-0123456789abcdef0"]

  condition {
    string_equals {
      key   = "aws:ResourceTag/Environment"
      value = "production"
    }

    string_not_like {
      key   = "aws:ResourceTag/Owner"
      value = "test*"
    }
  }
}

resource "aws_rolesanywhere_trust_anchor" "bundle" {
  name    = "bundle"
  enabled = true

  source {
    source_type = "CERTIFICATE_BUNDLE"

    source_data {
      x509_certificate_data = file("${path.module}/authority.pem")
    }
  }
}

resource "aws_rolesanywhere_trust_anchor" "private" {
  name = "private"
  tags = { Name = "private" }

  source {
    source_type = "AWS_ACM_PCA"

    source_data {
      acm_pca_arn = "arn:aws:acm-pca:eu-west-1:241533135482:certificate-authority/01234567-89ab-cdef-0123-456789abcdef"
    }
  }

  notification_settings {
    event     = "CA_CERTIFICATE_EXPIRY"
    channel   = "ALL"
    enabled   = true
    threshold = 30
  }
}

resource "aws_iam_role" "work" {
  name = "work"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]
      Principal = { Service = "rolesanywhere.amazonaws.com" }
    }]
  })
}

resource "aws_rolesanywhere_profile" "plain" {
  name      = "plain"
  role_arns = [aws_iam_role.work.arn]
}

resource "aws_rolesanywhere_profile" "full" {
  name                = "full"
  enabled             = true
  duration_seconds    = 7200
  managed_policy_arns = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
  role_arns           = [aws_iam_role.work.arn]
  session_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }]
  })
  tags = { Name = "full" }
}

resource "aws_vpc" "this" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "this" {
  vpc_id            = aws_vpc.this.id
  availability_zone = "eu-west-1a"
  cidr_block        = "10.0.0.0/24"
}

resource "aws_nat_gateway" "this" {
  subnet_id         = aws_subnet.this.id
  connectivity_type = "private"
}

data "aws_nat_gateway" "this" {
  id = aws_nat_gateway.this.id
}

data "aws_nat_gateways" "this" {
  vpc_id     = aws_vpc.this.id
  depends_on = [aws_nat_gateway.this]
}

data "aws_regions" "enabled" {}

data "aws_billing_service_account" "this" {}

output "found" {
  value = {
    billing = data.aws_billing_service_account.this
    gateway = data.aws_nat_gateway.this
    all     = data.aws_nat_gateways.this.ids
    regions = data.aws_regions.enabled
  }
}

data "aws_ami" "this" {
  most_recent = true
  owners      = ["amazon"]
  name_regex  = "^amzn2-ami-hvm-2.*-x86_64-gp2$"
}

resource "aws_spot_instance_request" "waits" {
  ami                  = data.aws_ami.this.id
  instance_type        = "t3.micro"
  spot_price           = "0.03"
  subnet_id            = aws_subnet.this.id
  user_data            = "hello world"
  wait_for_fulfillment = true
  tags                 = { Name = "waits" }

  root_block_device {
    volume_size = 20
    volume_type = "gp3"
  }
}
