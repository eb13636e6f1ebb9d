# People: users with what they log in with, groups that they are in, and what the account asks of them.
module "account" {
  source = "./module/modules/iam-account"

  account_alias                  = "numinia-production"
  minimum_password_length        = 24
  max_password_age               = 90
  require_numbers                = true
  password_reuse_prevention      = 3
  allow_users_to_change_password = true
}

module "ada" {
  source = "./module/modules/iam-user"

  name                    = "ada"
  path                    = "/people/"
  force_destroy           = true
  password_length         = 24
  password_reset_required = false
  policy_arns = [
    "arn:aws:iam::aws:policy/job-function/Billing",
    "arn:aws:iam::aws:policy/AWSSupportAccess",
  ]
  tags = { Team = "engines" }
}

module "robot" {
  source = "./module/modules/iam-user"

  name                          = "robot"
  create_iam_user_login_profile = false
  iam_access_key_status         = "Inactive"
  permissions_boundary          = "arn:aws:iam::aws:policy/ReadOnlyAccess"
}

module "grace" {
  source = "./module/modules/iam-user"

  name                    = "grace"
  create_iam_access_key   = false
  upload_iam_user_ssh_key = true
  ssh_public_key          = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQCyMrJ3AHGD8MVgk56j8xBColquahpCGfE8iqot1bVo6xeVHJZcoDn+fnn8JZsY/OFDaSgQwfOlszMEOC3aHR0qnmxkxNOdMzH1uUsNbAnMVKJDAPtfOl5b2iSaQPSuUbpMmXIdZJJoveZ127YeYm7KwqiRolw1lHGExNGIhmyigFD0fX68r/oUlcekiM3kYYKMIyeVdJ78RlRH9jC+XMo1qGnyeWU71DwhajTRq9BoATb6YI5LPqRF0vhOORkU41CINT9TINxDo2dOP9zGRiJ08SfJ4r+syLVJoJSlmyMJyRhV14XK1eWyR96tHLRPYRLBIUASwXbl4yXFOBBxlkG7 grace@example.com"
}

module "nobody" {
  source = "./module/modules/iam-user"

  create_user = false
  name        = "nobody"
}

module "engineers" {
  source = "./module/modules/iam-group-with-policies"

  name                     = "engineers"
  path                     = "/teams/"
  group_users              = [module.ada.iam_user_name, module.grace.iam_user_name]
  custom_group_policy_arns = ["arn:aws:iam::aws:policy/AmazonS3FullAccess"]
  custom_group_policies = [
    { name = "read-queues", policy = data.aws_iam_policy_document.queues.json },
  ]
}

data "aws_iam_policy_document" "queues" {
  statement {
    actions   = ["sqs:Get*", "sqs:List*"]
    resources = ["*"]
  }
}

module "operators" {
  source = "./module/modules/iam-group-with-assumable-roles-policy"

  name            = "operators"
  assumable_roles = ["arn:aws:iam::835367859851:role/operator"]
  group_users     = [module.grace.iam_user_name]
}

output "people" {
  value     = [module.account, module.ada, module.robot, module.grace, module.nobody, module.engineers, module.operators]
  sensitive = true
}
