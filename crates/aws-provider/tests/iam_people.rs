//! Lives of users, groups, identity providers and rules about passwords, on the sandbox.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod common;

use common::{World, but};
use serde_json::json;

fn trust() -> String {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
        .to_string()
}

fn allow(action: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": [action], "Resource": "*"}]})
        .to_string()
}

#[tokio::test]
async fn an_identity_provider_lives() {
    let w = World::new().await;
    let given = json!({"url": "https://oidc.example.com/id/A", "client_id_list": ["sts.amazonaws.com"]});
    let made = w.create("aws_iam_openid_connect_provider", given.clone()).await;
    assert!(made.id().ends_with(":oidc-provider/oidc.example.com/id/A") && made.id() == made.str("arn"));
    assert_eq!(made.json()["thumbprint_list"].as_array().unwrap().len(), 1);
    let given = but(
        &given,
        json!({"client_id_list": ["a", "b"], "thumbprint_list": ["9e99a48a9960b14926bb7f3b02e22da2b0ab7280"], "tags": {"A": "1"}}),
    );
    let made = w.apply("aws_iam_openid_connect_provider", Some(&made), &given).await;
    w.imported("aws_iam_openid_connect_provider", &made.id(), &given).await;
    for by in [json!({"arn": made.id()}), json!({"url": "https://oidc.example.com/id/A"})] {
        let found = w.data("aws_iam_openid_connect_provider", by).await;
        assert_eq!((&found["url"], &found["tags"]["A"]), (&json!("oidc.example.com/id/A"), &json!("1")));
    }
    let plan = w
        .plan("aws_iam_openid_connect_provider", Some(&made), &but(&given, json!({"url": "https://other.example.com"})))
        .await;
    assert_eq!(plan.requires_replace.len(), 1);
    w.delete(&made).await;
    assert!(w.read(&made).await.is_none());
}

#[tokio::test]
async fn a_user_lives() {
    let w = World::new().await;
    let given = json!({"name": "u"});
    let user = w.create("aws_iam_user", given.clone()).await;
    assert_eq!((user.id().as_str(), &user.json()["path"]), ("u", &json!("/")));
    assert!(user.str("unique_id").starts_with("AIDA"));
    let policy = w.create("aws_iam_policy", json!({"policy": allow("s3:*")})).await;
    let given = but(
        &given,
        json!({"name": "v", "path": "/p/", "permissions_boundary": policy.id(), "force_destroy": true, "tags": {"A": "1"}}),
    );
    let user = w.apply("aws_iam_user", Some(&user), &given).await;
    assert!(user.id() == "v" && user.str("arn").ends_with(":user/p/v"));
    let given = but(&given, json!({"permissions_boundary": null}));
    let user = w.apply("aws_iam_user", Some(&user), &given).await;
    w.imported("aws_iam_user", "v", &but(&given, json!({"force_destroy": null}))).await;

    let group = w.create("aws_iam_group", json!({"name": "g"})).await;
    w.aws("iam", "AddUserToGroup", json!({"GroupName": "g", "UserName": "v"})).await;
    w.aws("iam", "AttachUserPolicy", json!({"UserName": "v", "PolicyArn": policy.id()})).await;
    w.aws("iam", "PutUserPolicy", json!({"UserName": "v", "PolicyName": "p", "PolicyDocument": allow("s3:*")})).await;
    w.delete(&user).await;
    assert!(w.read(&user).await.is_none());
    w.delete(&group).await;
}

#[tokio::test]
async fn a_group_carries_policies() {
    let w = World::new().await;
    let given = json!({"name": "g", "path": "/x/"});
    let group = w.create("aws_iam_group", given.clone()).await;
    let given = but(&given, json!({"path": "/y/"}));
    let group = w.apply("aws_iam_group", Some(&group), &given).await;
    assert_eq!(group.str("arn").rsplit(':').next(), Some("group/y/g"));
    let given = but(&given, json!({"name": "h", "path": null}));
    let group = w.apply("aws_iam_group", Some(&group), &given).await;
    assert_eq!((group.id().as_str(), group.str("arn").rsplit(':').next()), ("h", Some("group/h")));
    w.imported("aws_iam_group", "h", &given).await;
    let policy = w.create("aws_iam_policy", json!({"policy": allow("s3:*")})).await;
    let tie = json!({"group": "h", "policy_arn": policy.id()});
    let tied = w.create("aws_iam_group_policy_attachment", tie.clone()).await;
    assert!(tied.id().starts_with("h-2026"));
    w.imported("aws_iam_group_policy_attachment", &format!("h/{}", policy.id()), &tie).await;
    assert_eq!(w.read(&policy).await.unwrap().json()["attachment_count"], json!(1));
    for made in [&tied, &group, &policy] {
        w.delete(made).await;
        assert!(w.read(made).await.is_none(), "{}", made.r#type);
    }
}

#[tokio::test]
async fn an_account_has_rules_for_passwords() {
    let w = World::new().await;
    let given = json!({"minimum_password_length": 14, "require_symbols": true, "max_password_age": 90});
    let rules = w.create("aws_iam_account_password_policy", given.clone()).await;
    assert_eq!(rules.id(), "iam-account-password-policy");
    assert_eq!(rules.json()["expire_passwords"], json!(true));
    let given = but(&given, json!({"allow_users_to_change_password": false, "password_reuse_prevention": 5}));
    let rules = w.apply("aws_iam_account_password_policy", Some(&rules), &given).await;
    w.imported("aws_iam_account_password_policy", "iam-account-password-policy", &given).await;
    w.delete(&rules).await;
    assert!(w.read(&rules).await.is_none());
}

#[tokio::test]
async fn a_role_carries_nothing_else() {
    let w = World::new().await;
    let role = w.create("aws_iam_role", json!({"name": "r", "assume_role_policy": trust()})).await;
    for name in ["a", "b"] {
        w.create("aws_iam_role_policy", json!({"role": "r", "name": name, "policy": allow("s3:*")})).await;
    }
    let given = json!({"role_name": "r", "policy_names": ["a"]});
    let only = w.create("aws_iam_role_policies_exclusive", given.clone()).await;
    assert_eq!(w.aws("iam", "ListRolePolicies", json!({"RoleName": "r"})).await["PolicyNames"], json!(["a"]));
    w.imported("aws_iam_role_policies_exclusive", "r", &given).await;
    let none = but(&given, json!({"policy_names": []}));
    let only = w.apply("aws_iam_role_policies_exclusive", Some(&only), &none).await;
    assert_eq!(w.aws("iam", "ListRolePolicies", json!({"RoleName": "r"})).await["PolicyNames"], json!([]));
    let (_, found) = w.try_apply("aws_iam_role_policies_exclusive", Some(&only), &given).await;
    assert!(found.0[0].detail.contains("aws_iam_role_policy"), "{found:?}");

    let (p, q) = (
        w.create("aws_iam_policy", json!({"policy": allow("s3:*")})).await,
        w.create("aws_iam_policy", json!({"policy": allow("ec2:*")})).await,
    );
    let given = json!({"role_name": "r", "policy_arns": [p.id()]});
    let tied = w.create("aws_iam_role_policy_attachments_exclusive", given.clone()).await;
    w.aws("iam", "AttachRolePolicy", json!({"RoleName": "r", "PolicyArn": q.id()})).await;
    let drifted = w.read(&tied).await.unwrap();
    assert_eq!(drifted.json()["policy_arns"].as_array().unwrap().len(), 2);
    let tied = w.apply("aws_iam_role_policy_attachments_exclusive", Some(&drifted), &given).await;
    w.imported("aws_iam_role_policy_attachments_exclusive", "r", &given).await;
    let read = w.aws("iam", "ListAttachedRolePolicies", json!({"RoleName": "r"})).await;
    assert_eq!(read["AttachedPolicies"].as_array().unwrap().len(), 1);
    // Removing them leaves the role as it is.
    w.delete(&only).await;
    w.delete(&tied).await;
    let read = w.aws("iam", "ListAttachedRolePolicies", json!({"RoleName": "r"})).await;
    assert_eq!(read["AttachedPolicies"].as_array().unwrap().len(), 1);
    w.aws("iam", "DetachRolePolicy", json!({"RoleName": "r", "PolicyArn": p.id()})).await;
    w.delete(&role).await;
    assert!(w.read(&only).await.is_none() && w.read(&tied).await.is_none());
}

#[tokio::test]
async fn iam_is_looked_up() {
    let w = World::new().await;
    let role = w.create("aws_iam_role", json!({"name": "app", "path": "/x/", "assume_role_policy": trust()})).await;
    w.create("aws_iam_role", json!({"name": "other", "assume_role_policy": trust()})).await;
    let found = w.data("aws_iam_role", json!({"name": "app"})).await;
    assert_eq!((&found["arn"], &found["path"]), (&json!(role.str("arn")), &json!("/x/")));
    for by in [json!({"name_regex": "^ap"}), json!({"path_prefix": "/x/"})] {
        assert_eq!(w.data("aws_iam_roles", by).await["names"], json!(["app"]));
    }
    let policy = w.create("aws_iam_policy", json!({"name": "p", "policy": allow("s3:*"), "tags": {"A": "1"}})).await;
    for by in [json!({"arn": policy.id()}), json!({"name": "p"})] {
        let found = w.data("aws_iam_policy", by).await;
        assert_eq!((&found["policy_id"], &found["tags"]["A"]), (&json!(policy.str("policy_id")), &json!("1")));
        assert!(found["policy"].as_str().unwrap().contains("s3:*"));
    }
    let session = w
        .data("aws_iam_session_context", json!({"arn": "arn:aws:sts::123456789012:assumed-role/app/me@example.com"}))
        .await;
    assert_eq!((&session["issuer_arn"], &session["session_name"]), (&json!(role.str("arn")), &json!("me@example.com")));
    let user = "arn:aws:iam::123456789012:user/me";
    assert_eq!(w.data("aws_iam_session_context", json!({"arn": user})).await["issuer_arn"], json!(user));
}

#[tokio::test]
async fn users_have_policies_and_groups() {
    let w = World::new().await;
    for name in ["u", "v", "x"] {
        w.aws("iam", "CreateUser", json!({"UserName": name})).await;
    }
    let tie = json!({"user": "u", "policy_arn": "arn:aws:iam::aws:policy/job-function/Billing"});
    let tied = w.create("aws_iam_user_policy_attachment", tie.clone()).await;
    assert!(tied.id().starts_with("u-2026"));
    w.imported("aws_iam_user_policy_attachment", "u/arn:aws:iam::aws:policy/job-function/Billing", &tie).await;

    let group = w.create("aws_iam_group", json!({"name": "g"})).await;
    let given = json!({"group": "g", "name": "members", "users": ["u", "v"]});
    let members = w.create("aws_iam_group_membership", given.clone()).await;
    assert_eq!(members.id(), "members");
    let given = but(&given, json!({"users": ["v", "x"]}));
    let members = w.apply("aws_iam_group_membership", Some(&members), &given).await;
    // Whoever else was put into the group is taken out again.
    w.aws("iam", "AddUserToGroup", json!({"GroupName": "g", "UserName": "u"})).await;
    let drifted = w.read(&members).await.unwrap();
    assert_eq!(drifted.json()["users"], json!(["u", "v", "x"]));
    let members = w.apply("aws_iam_group_membership", Some(&drifted), &given).await;
    let (_, found) =
        w.try_apply("aws_iam_group_membership", Some(&members), &but(&given, json!({"users": ["nobody"]}))).await;
    assert!(found.0[0].detail.contains("nobody"), "{found:?}");
    w.delete(&members).await;
    assert_eq!(w.aws("iam", "GetGroup", json!({"GroupName": "g"})).await["Users"], json!([]));
    for made in [&tied, &group] {
        w.delete(made).await;
        assert!(w.read(made).await.is_none(), "{}", made.r#type);
    }
    assert!(w.read(&members).await.is_none());
}

#[tokio::test]
async fn users_log_in() {
    let w = World::new().await;
    let user = w.create("aws_iam_user", json!({"name": "u"})).await;
    let given = json!({"user": "u"});
    let key = w.create("aws_iam_access_key", given.clone()).await;
    assert!(key.id().starts_with("AKIA") && key.str("secret").len() == 40 && key.str("status") == "Active");
    assert_eq!(key.str("ses_smtp_password_v4").len(), 44);
    let given = but(&given, json!({"status": "Inactive"}));
    let key = w.apply("aws_iam_access_key", Some(&key), &given).await;
    assert_eq!(w.read(&key).await.unwrap().str("secret"), key.str("secret"));
    w.imported("aws_iam_access_key", &key.id(), &given).await;
    let off = w.create("aws_iam_access_key", given).await;
    assert_eq!(w.read(&off).await.unwrap().str("status"), "Inactive");
    let pgp = json!({"user": "u", "pgp_key": "keybase:somebody"});
    let found = w.try_validate("aws_iam_access_key", &pgp).await;
    assert!(found.0[0].detail.contains("PGP"), "{found:?}");

    let login = w.create("aws_iam_user_login_profile", json!({"user": "u", "password_reset_required": true})).await;
    assert_eq!((login.id().as_str(), login.str("password").len()), ("u", 20));
    let longer = json!({"user": "u", "password_reset_required": true, "password_length": 24});
    assert_eq!(w.plan("aws_iam_user_login_profile", Some(&login), &longer).await.requires_replace.len(), 1);
    assert_eq!(w.import("aws_iam_user_login_profile", "u").await.json()["password_reset_required"], json!(true));

    let body = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQCyMrJ3AHGD8MVgk56j8xBColquahpCGfE8iqot1bVo6xeVHJZcoDn+fnn8JZsY\
        /OFDaSgQwfOlszMEOC3aHR0qnmxkxNOdMzH1uUsNbAnMVKJDAPtfOl5b2iSaQPSuUbpMmXIdZJJoveZ127YeYm7KwqiR\
        olw1lHGExNGIhmyigFD0fX68r/oUlcekiM3kYYKMIyeVdJ78RlRH9jC+XMo1qGnyeWU71DwhajTRq9BoATb6YI5LPqRF\
        0vhOORkU41CINT9TINxDo2dOP9zGRiJ08SfJ4r+syLVJoJSlmyMJyRhV14XK1eWyR96tHLRPYRLBIUASwXbl4yXFOBBx\
        lkG7";
    let given = json!({"username": "u", "encoding": "SSH", "public_key": format!("{body} somebody@example.com")});
    let ssh = w.create("aws_iam_user_ssh_key", given.clone()).await;
    assert!(ssh.id().starts_with("APKA") && ssh.id() == ssh.str("ssh_public_key_id"));
    let given = but(&given, json!({"status": "Inactive"}));
    let ssh = w.apply("aws_iam_user_ssh_key", Some(&ssh), &given).await;
    w.imported("aws_iam_user_ssh_key", &format!("u:{}:SSH", ssh.id()), &given).await;

    // AWS does not delete a user who can log in.
    assert!(w.try_delete(&user).await.has_errors());
    for made in [&ssh, &login, &off, &key, &user] {
        w.delete(made).await;
        assert!(w.read(made).await.is_none(), "{}", made.r#type);
    }
}

#[tokio::test]
async fn an_account_has_a_name_and_trusts_others() {
    let w = World::new().await;
    let given = json!({"account_alias": "numinia-production"});
    let alias = w.create("aws_iam_account_alias", given.clone()).await;
    assert_eq!(alias.id(), "numinia-production");
    w.imported("aws_iam_account_alias", "numinia-production", &given).await;

    let document = |id: &str| {
        let fill = "x".repeat(1000);
        format!("<EntityDescriptor entityID=\"{id}\"><IDPSSODescriptor/><!-- {fill} --></EntityDescriptor>")
    };
    let given = json!({"name": "idp", "saml_metadata_document": document("a"), "tags": {"A": "1"}});
    let saml = w.create("aws_iam_saml_provider", given.clone()).await;
    assert!(saml.id().ends_with(":saml-provider/idp") && saml.id() == saml.str("arn"));
    assert!(saml.str("valid_until").ends_with('Z'));
    let given = but(&given, json!({"saml_metadata_document": document("b"), "tags": {"B": "2"}}));
    let saml = w.apply("aws_iam_saml_provider", Some(&saml), &given).await;
    w.imported("aws_iam_saml_provider", &saml.id(), &given).await;
    for made in [&alias, &saml] {
        w.delete(made).await;
        assert!(w.read(made).await.is_none(), "{}", made.r#type);
    }
}
