variable "step" { type = number }

locals { later = var.step > 1 }

resource "aws_s3_bucket" "b" {
  bucket        = "a-bucket-of-the-judge"
  force_destroy = true
  tags          = { Step = var.step }
}

resource "aws_s3_bucket" "logs" {
  bucket        = "a-bucket-of-the-judge-logs"
  force_destroy = true
}

resource "aws_s3_bucket_public_access_block" "b" {
  bucket                  = aws_s3_bucket.b.id
  block_public_acls       = true
  block_public_policy     = local.later
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "b" {
  bucket = aws_s3_bucket.b.id

  rule {
    object_ownership = local.later ? "BucketOwnerEnforced" : "BucketOwnerPreferred"
  }
}

resource "aws_s3_bucket_versioning" "b" {
  bucket = aws_s3_bucket.b.id

  versioning_configuration {
    status = local.later ? "Suspended" : "Enabled"
  }
}

resource "aws_kms_key" "k" { deletion_window_in_days = 7 }

resource "aws_s3_bucket_server_side_encryption_configuration" "b" {
  bucket = aws_s3_bucket.b.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = local.later ? "aws:kms" : "AES256"
      kms_master_key_id = local.later ? aws_kms_key.k.arn : null
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "b" {
  bucket = aws_s3_bucket.b.id

  rule {
    id     = "old"
    status = "Enabled"

    filter { prefix = "tmp/" }

    expiration { days = 30 * var.step }

    noncurrent_version_expiration { noncurrent_days = 7 }
  }

  depends_on = [aws_s3_bucket_versioning.b]
}

resource "aws_s3_bucket_logging" "b" {
  bucket        = aws_s3_bucket.b.id
  target_bucket = aws_s3_bucket.logs.id
  target_prefix = "step-${var.step}/"

  depends_on = [aws_s3_bucket_policy.logs]
}

resource "aws_s3_bucket_policy" "logs" {
  bucket = aws_s3_bucket.logs.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Sid = "Step${var.step}", Effect = "Allow", Action = "s3:PutObject", Resource = "${aws_s3_bucket.logs.arn}/*", Principal = { Service = "logging.s3.amazonaws.com" } },
    ]
  })
}

resource "aws_s3_object" "o" {
  bucket       = aws_s3_bucket.logs.id
  key          = "a/b"
  content      = "step ${var.step}"
  content_type = "text/plain"
  tags         = { Step = var.step }
}
