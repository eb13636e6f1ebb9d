variable "step" { type = number }

resource "aws_kms_key" "k" { deletion_window_in_days = 7 }

resource "aws_backup_vault" "v" {
  name        = "vault"
  kms_key_arn = aws_kms_key.k.arn
  tags        = { Step = var.step }
}

resource "aws_backup_plan" "p" {
  name = "plan"

  rule {
    rule_name         = "daily"
    target_vault_name = aws_backup_vault.v.name
    schedule          = "cron(0 3 * * ? *)"

    lifecycle { delete_after = 30 }
  }

  tags = { Step = var.step }
}
