module "admin" {
  source = "./module/modules/iam-assumable-role"

  allow_self_assume_role  = true
  trusted_role_arns       = ["arn:aws:iam::307990089504:root", "arn:aws:iam::835367859851:user/anton"]
  trusted_role_services   = ["codedeploy.amazonaws.com"]
  create_role             = true
  create_instance_profile = true
  role_name               = "admin"
  role_requires_mfa       = true
  attach_admin_policy     = true
  tags                    = { Role = "Admin" }
}

module "custom" {
  source = "./module/modules/iam-assumable-role"

  create_role           = true
  trusted_role_arns     = ["arn:aws:iam::307990089504:root"]
  trusted_role_services = ["codedeploy.amazonaws.com"]
  trust_policy_conditions = [
    {
      test     = "StringEquals"
      variable = "aws:PrincipalOrgID"
      values   = ["o-someorgid"]
    }
  ]
  role_name_prefix    = "custom-"
  role_requires_mfa   = false
  role_sts_externalid = "some-id-goes-here"
  custom_role_policy_arns = [
    "arn:aws:iam::aws:policy/AmazonCognitoReadOnly",
    module.policy.arn,
  ]
}

module "inline" {
  source = "./module/modules/iam-assumable-role"

  trusted_role_arns     = ["arn:aws:iam::307990089504:root"]
  trusted_role_services = ["codedeploy.amazonaws.com"]
  create_role           = true
  role_name_prefix      = "inline-"
  role_requires_mfa     = false
  role_sts_externalid   = ["one-id", "another-id"]
  inline_policy_statements = [
    {
      sid       = "AllowECRPushPull"
      actions   = ["ecr:GetAuthorizationToken", "ecr:PutImage", "ecr:UploadLayerPart"]
      effect    = "Allow"
      resources = ["*"]
    }
  ]
}

module "trust" {
  source = "./module/modules/iam-assumable-role"

  create_role                     = true
  role_name                       = "custom_trust"
  create_custom_role_trust_policy = true
  custom_role_trust_policy        = data.aws_iam_policy_document.trust.json
  custom_role_policy_arns         = ["arn:aws:iam::aws:policy/AmazonCognitoReadOnly"]
  max_session_duration            = 7200
  force_detach_policies           = true
}

data "aws_iam_policy_document" "trust" {
  statement {
    effect  = "Allow"
    actions = ["sts:AssumeRole"]

    condition {
      test     = "StringEquals"
      variable = "sts:ExternalId"
      values   = ["some-ext-id"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:PrincipalOrgID"
      values   = ["o-someorgid"]
    }

    principals {
      type        = "AWS"
      identifiers = ["*"]
    }
  }
}

module "policy" {
  source = "./module/modules/iam-policy"

  name        = "example"
  description = "Read instances"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Action = ["ec2:Describe*"], Effect = "Allow", Resource = "*" }]
  })
}

output "roles" {
  value = [module.admin, module.custom, module.inline, module.trust]
}
