# Roles for those whom others know: a company's directory, GitHub, a cluster.
resource "aws_iam_saml_provider" "directory" {
  name                   = "directory"
  saml_metadata_document = <<-XML
    <EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://directory.example.com">
      <IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
        <SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://directory.example.com/sso"/>
      </IDPSSODescriptor>
      <!-- ${join("", [for i in range(100) : "as long as one is "])} -->
    </EntityDescriptor>
  XML
  tags                   = { Kind = "saml" }
}

module "saml" {
  source = "./module/modules/iam-assumable-role-with-saml"

  create_role      = true
  role_name        = "from-directory"
  role_description = "Whoever the directory knows"
  provider_id      = aws_iam_saml_provider.directory.id
  role_policy_arns = [
    "arn:aws:iam::aws:policy/ReadOnlyAccess",
    "arn:aws:iam::aws:policy/AWSSupportAccess",
  ]
  number_of_role_policy_arns = 2
  tags                       = { Role = "from-directory" }
}

module "saml_roles" {
  source = "./module/modules/iam-assumable-roles-with-saml"

  create_admin_role          = true
  create_poweruser_role      = true
  poweruser_role_name        = "developer"
  poweruser_role_policy_arns = ["arn:aws:iam::aws:policy/PowerUserAccess", "arn:aws:iam::aws:policy/AWSSupportAccess"]
  create_readonly_role       = true
  readonly_role_name         = "reader"
  allow_self_assume_role     = true
  provider_id                = aws_iam_saml_provider.directory.id
}

module "oidc" {
  source = "./module/modules/iam-assumable-role-with-oidc"

  create_role      = true
  role_name        = "from-cluster"
  provider_url     = "oidc.eks.eu-west-1.amazonaws.com/id/BA9E170D464AF7B92084EF72A69B9DC8"
  role_policy_arns = ["arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy"]
  oidc_fully_qualified_subjects = [
    "system:serviceaccount:default:sa1",
    "system:serviceaccount:default:sa2",
  ]
  provider_trust_policy_conditions = [
    { test = "StringLike", variable = "aws:RequestTag/Environment", values = ["example"] },
  ]
}

module "github" {
  source = "./module/modules/iam-github-oidc-role"

  name     = "github"
  subjects = ["terraform-aws-modules/terraform-aws-iam:*", "repo:acme/app:ref:refs/heads/main"]
  policies = {
    s3   = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    more = module.read.arn
  }
}

module "roles" {
  source = "./module/modules/iam-assumable-roles"

  trusted_role_arns          = ["arn:aws:iam::307990089504:root"]
  trusted_role_services      = ["codedeploy.amazonaws.com"]
  create_admin_role          = true
  admin_role_name            = "admins"
  create_poweruser_role      = true
  poweruser_role_name        = "powerusers"
  create_readonly_role       = true
  readonly_role_requires_mfa = false
}

module "read" {
  source = "./module/modules/iam-read-only-policy"

  name             = "read"
  path             = "/read/"
  description      = "What may be looked at"
  allowed_services = ["rds", "dynamodb", "sqs"]
}

output "roles" {
  value = [module.saml, module.saml_roles, module.oidc, module.github, module.roles, module.read]
}
