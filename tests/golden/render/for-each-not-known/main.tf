resource "terraform_data" "source" {
  count = 2
}

resource "terraform_data" "by_key" {
  for_each = toset(terraform_data.source[*].id)
}

resource "terraform_data" "by_map" {
  for_each = { for s in terraform_data.source : s.id => s }
}

resource "terraform_data" "counted" {
  count = length(terraform_data.source[0].id)
}

module "m" {
  source   = "./m"
  for_each = terraform_data.source[0].output
}

# Known keys, whatever their values are.
resource "terraform_data" "fine" {
  for_each = { a = terraform_data.source[0].id }
}
