# Buckets with every setting that has a type of its own.

resource "aws_s3_bucket" "site" {
  bucket = "judged-site"
}

resource "aws_s3_bucket_ownership_controls" "site" {
  bucket = aws_s3_bucket.site.id

  rule {
    object_ownership = "BucketOwnerPreferred"
  }
}

resource "aws_s3_bucket_public_access_block" "site" {
  bucket = aws_s3_bucket.site.id
}

resource "aws_s3_bucket_acl" "site" {
  bucket     = aws_s3_bucket.site.id
  acl        = "public-read"
  depends_on = [aws_s3_bucket_ownership_controls.site, aws_s3_bucket_public_access_block.site]
}

resource "aws_s3_bucket_cors_configuration" "site" {
  bucket = aws_s3_bucket.site.id

  cors_rule {
    allowed_methods = ["GET"]
    allowed_origins = ["*"]
  }

  cors_rule {
    id              = "upload"
    allowed_headers = ["*"]
    allowed_methods = ["PUT", "POST"]
    allowed_origins = ["https://example.com"]
    expose_headers  = ["ETag"]
    max_age_seconds = 3000
  }
}

resource "aws_s3_bucket_website_configuration" "site" {
  bucket = aws_s3_bucket.site.id

  index_document {
    suffix = "index.html"
  }

  error_document {
    key = "error.html"
  }

  routing_rule {
    condition {
      key_prefix_equals = "docs/"
    }

    redirect {
      replace_key_prefix_with = "documents/"
    }
  }
}

resource "aws_s3_bucket_accelerate_configuration" "site" {
  bucket = aws_s3_bucket.site.id
  status = "Enabled"
}

resource "aws_s3_bucket_request_payment_configuration" "site" {
  bucket = aws_s3_bucket.site.id
  payer  = "Requester"
}

resource "aws_s3_bucket_intelligent_tiering_configuration" "all" {
  bucket = aws_s3_bucket.site.id
  name   = "all"

  tiering {
    access_tier = "ARCHIVE_ACCESS"
    days        = 125
  }
}

resource "aws_s3_bucket_intelligent_tiering_configuration" "some" {
  bucket = aws_s3_bucket.site.id
  name   = "some"
  status = "Disabled"

  filter {
    prefix = "x/"
    tags   = { Class = "cold" }
  }

  tiering {
    access_tier = "ARCHIVE_ACCESS"
    days        = 90
  }

  tiering {
    access_tier = "DEEP_ARCHIVE_ACCESS"
    days        = 180
  }
}

resource "aws_s3_bucket" "elsewhere" {
  bucket = "judged-elsewhere"
}

resource "aws_s3_bucket_website_configuration" "elsewhere" {
  bucket = aws_s3_bucket.elsewhere.id

  redirect_all_requests_to {
    host_name = "example.com"
    protocol  = "https"
  }
}

resource "aws_s3_bucket" "texts" {
  bucket = "judged-texts"
}

resource "aws_s3_bucket_website_configuration" "texts" {
  bucket = aws_s3_bucket.texts.id

  index_document {
    suffix = "index.html"
  }

  routing_rules = jsonencode([{
    Condition = { HttpErrorCodeReturnedEquals = "404" }
    Redirect  = { HostName = "example.com", ReplaceKeyWith = "missing.html" }
  }])
}

resource "aws_s3_bucket_ownership_controls" "texts" {
  bucket = aws_s3_bucket.texts.id

  rule {
    object_ownership = "ObjectWriter"
  }
}

locals {
  owner = one([for g in aws_s3_bucket.texts.grant : g.id if g.type == "CanonicalUser"])
}

resource "aws_s3_bucket_acl" "texts" {
  bucket     = aws_s3_bucket.texts.id
  depends_on = [aws_s3_bucket_ownership_controls.texts]

  access_control_policy {
    owner {
      id = local.owner
    }

    grant {
      permission = "FULL_CONTROL"

      grantee {
        type = "CanonicalUser"
        id   = local.owner
      }
    }

    grant {
      permission = "READ_ACP"

      grantee {
        type = "Group"
        uri  = "http://acs.amazonaws.com/groups/s3/LogDelivery"
      }
    }
  }
}

resource "aws_s3_bucket" "locked" {
  bucket              = "judged-locked"
  object_lock_enabled = true
}

resource "aws_s3_bucket_object_lock_configuration" "locked" {
  bucket = aws_s3_bucket.locked.id

  rule {
    default_retention {
      mode = "GOVERNANCE"
      days = 3
    }
  }
}

resource "aws_s3_bucket" "versioned" {
  for_each = toset(["source", "target"])
  bucket   = "judged-${each.key}"
}

resource "aws_s3_bucket_versioning" "versioned" {
  for_each = aws_s3_bucket.versioned
  bucket   = each.value.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_iam_role" "copy" {
  name = "copy"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "s3.amazonaws.com" } }]
  })
}

resource "aws_s3_bucket_replication_configuration" "source" {
  bucket     = aws_s3_bucket.versioned["source"].id
  role       = aws_iam_role.copy.arn
  depends_on = [aws_s3_bucket_versioning.versioned]

  rule {
    id     = "all"
    status = "Enabled"

    filter {}

    delete_marker_replication {
      status = "Enabled"
    }

    destination {
      bucket        = aws_s3_bucket.versioned["target"].arn
      storage_class = "STANDARD_IA"
    }
  }

  rule {
    priority = 7
    status   = "Disabled"

    filter {
      and {
        prefix = "x/"
        tags   = { Copy = "yes" }
      }
    }

    delete_marker_replication {
      status = "Disabled"
    }

    source_selection_criteria {
      replica_modifications {
        status = "Enabled"
      }

      sse_kms_encrypted_objects {
        status = "Enabled"
      }
    }

    destination {
      bucket  = aws_s3_bucket.versioned["target"].arn
      account = "241533135482"

      access_control_translation {
        owner = "Destination"
      }

      encryption_configuration {
        replica_kms_key_id = "arn:aws:kms:eu-west-1:241533135482:key/01234567-89ab-cdef-0123-456789abcdef"
      }

      metrics {
        status = "Enabled"

        event_threshold {
          minutes = 15
        }
      }

      replication_time {
        status = "Enabled"

        time {
          minutes = 15
        }
      }
    }
  }
}

resource "aws_s3_bucket" "older" {
  bucket = "judged-older"
}

resource "aws_s3_bucket_versioning" "older" {
  bucket = aws_s3_bucket.older.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_object_lock_configuration" "older" {
  bucket = aws_s3_bucket_versioning.older.bucket

  rule {
    default_retention {
      mode  = "COMPLIANCE"
      years = 1
    }
  }
}

resource "aws_s3_bucket_replication_configuration" "older" {
  bucket     = aws_s3_bucket.older.id
  role       = aws_iam_role.copy.arn
  depends_on = [aws_s3_bucket_versioning.older, aws_s3_bucket_versioning.versioned]

  rule {
    status = "Enabled"
    prefix = "y/"

    destination {
      bucket = aws_s3_bucket.versioned["target"].arn
    }
  }
}

resource "aws_s3_bucket" "noisy" {
  bucket = "judged-noisy"
}

resource "aws_sqs_queue" "this" {
  name = "judged"
}

resource "aws_sns_topic" "this" {
  name = "judged"
}

locals {
  open = { for arn, action in {
    (aws_sqs_queue.this.arn) = "sqs:SendMessage"
    (aws_sns_topic.this.arn) = "sns:Publish"
    } : action => jsonencode({
      Version = "2012-10-17"
      Statement = [{
        Effect = "Allow", Principal = { Service = "s3.amazonaws.com" }, Action = action, Resource = arn
        Condition = { ArnLike = { "aws:SourceArn" = aws_s3_bucket.noisy.arn } }
      }]
  }) }
}

resource "aws_sqs_queue_policy" "this" {
  queue_url = aws_sqs_queue.this.url
  policy    = local.open["sqs:SendMessage"]
}

resource "aws_sns_topic_policy" "this" {
  arn    = aws_sns_topic.this.arn
  policy = local.open["sns:Publish"]
}

resource "aws_s3_bucket_notification" "noisy" {
  bucket      = aws_s3_bucket.noisy.id
  eventbridge = true
  depends_on  = [aws_sqs_queue_policy.this, aws_sns_topic_policy.this]

  queue {
    queue_arn     = aws_sqs_queue.this.arn
    events        = ["s3:ObjectCreated:*"]
    filter_prefix = "in/"
    filter_suffix = ".json"
  }

  topic {
    id        = "removed"
    topic_arn = aws_sns_topic.this.arn
    events    = ["s3:ObjectRemoved:*"]
  }

  lambda_function {
    lambda_function_arn = "arn:aws:lambda:eu-west-1:241533135482:function:look"
    events              = ["s3:ObjectCreated:Put"]
    filter_prefix       = "images/"
  }
}
