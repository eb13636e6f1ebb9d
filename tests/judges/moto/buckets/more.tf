resource "aws_s3_bucket_accelerate_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  status = local.later ? "Suspended" : "Enabled"
}

resource "aws_s3_bucket_cors_configuration" "b" {
  bucket = aws_s3_bucket.b.id

  cors_rule {
    allowed_methods = local.later ? ["GET", "PUT"] : ["GET"]
    allowed_origins = ["https://example.com"]
  }
}

resource "aws_s3_bucket_website_configuration" "b" {
  bucket = aws_s3_bucket.b.id

  index_document { suffix = "index${var.step}.html" }
}

resource "aws_sqs_queue" "q" { name = "told-of-objects" }

resource "aws_sqs_queue_policy" "q" {
  queue_url = aws_sqs_queue.q.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sqs:SendMessage", Resource = aws_sqs_queue.q.arn, Principal = { Service = "s3.amazonaws.com" } }]
  })
}

resource "aws_s3_bucket_notification" "b" {
  bucket = aws_s3_bucket.b.id

  queue {
    id            = "q"
    queue_arn     = aws_sqs_queue.q.arn
    events        = ["s3:ObjectCreated:*"]
    filter_prefix = "step-${var.step}/"
  }

  depends_on = [aws_sqs_queue_policy.q]
}

resource "aws_s3_bucket" "old" {
  bucket        = "a-bucket-with-access-control-lists"
  force_destroy = true
}

resource "aws_s3_bucket_ownership_controls" "old" {
  bucket = aws_s3_bucket.old.id

  rule { object_ownership = "ObjectWriter" }
}

resource "aws_s3_bucket_acl" "old" {
  bucket     = aws_s3_bucket.old.id
  acl        = local.later ? "log-delivery-write" : "private"
  depends_on = [aws_s3_bucket_ownership_controls.old]
}

resource "aws_s3_bucket" "locked" {
  bucket              = "a-bucket-with-locks"
  force_destroy       = true
  object_lock_enabled = true
}

resource "aws_s3_bucket_versioning" "locked" {
  bucket = aws_s3_bucket.locked.id

  versioning_configuration { status = "Enabled" }
}

resource "aws_s3_bucket_object_lock_configuration" "locked" {
  bucket = aws_s3_bucket.locked.id

  rule {
    default_retention {
      mode = "GOVERNANCE"
      days = var.step
    }
  }
}

resource "aws_iam_role" "copies" {
  name = "copies"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "s3.amazonaws.com" } }]
  })
}

resource "aws_s3_bucket" "copy" {
  bucket        = "a-bucket-of-copies"
  force_destroy = true
}

resource "aws_s3_bucket_versioning" "copy" {
  bucket = aws_s3_bucket.copy.id

  versioning_configuration { status = "Enabled" }
}

resource "aws_s3_bucket_replication_configuration" "copies" {
  bucket = aws_s3_bucket.locked.id
  role   = aws_iam_role.copies.arn

  rule {
    id       = "all"
    priority = var.step
    status   = "Enabled"

    filter {}

    delete_marker_replication { status = "Disabled" }

    destination { bucket = aws_s3_bucket.copy.arn }
  }

  depends_on = [aws_s3_bucket_versioning.locked, aws_s3_bucket_versioning.copy]
}
