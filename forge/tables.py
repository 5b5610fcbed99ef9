"""The tables of the forge in SQLite, and which record each holds."""

from forge import records

NAMES: dict[type, str] = {
    records.User: "users",
    records.Token: "tokens",
    records.Manifest: "manifests",
    records.App: "apps",
    records.SignInCode: "sign_in_codes",
    records.Installation: "installations",
    records.InstallationToken: "installation_tokens",
    records.Repository: "repositories",
    records.Collaborator: "collaborators",
    records.Issue: "issues",
    records.Pull: "pulls",
    records.Label: "labels",
    records.IssueLabel: "issue_labels",
    records.Comment: "comments",
    records.Reaction: "reactions",
    records.Review: "reviews",
    records.ReviewComment: "review_comments",
    records.ReviewRequest: "review_requests",
    records.CheckSuite: "check_suites",
    records.CheckRun: "check_runs",
    records.Annotation: "annotations",
    records.Status: "statuses",
    records.Delivery: "deliveries",
}

SCHEMA = """
CREATE TABLE IF NOT EXISTS users (
    id INTEGER PRIMARY KEY AUTOINCREMENT, login TEXT NOT NULL COLLATE NOCASE UNIQUE, name TEXT NOT NULL,
    email TEXT NOT NULL COLLATE NOCASE, type TEXT NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS users_by_email ON users (email);
CREATE TABLE IF NOT EXISTS tokens (
    id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER NOT NULL REFERENCES users, digest TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS manifests (
    id INTEGER PRIMARY KEY AUTOINCREMENT, code TEXT NOT NULL UNIQUE, owner_id INTEGER NOT NULL REFERENCES users,
    text TEXT NOT NULL, used INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS apps (
    id INTEGER PRIMARY KEY AUTOINCREMENT, slug TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
    client_id TEXT NOT NULL UNIQUE, client_secret TEXT NOT NULL, callback_urls TEXT NOT NULL,
    owner_id INTEGER NOT NULL REFERENCES users,
    bot_id INTEGER NOT NULL REFERENCES users, description TEXT, external_url TEXT NOT NULL, public_key TEXT NOT NULL,
    permissions TEXT NOT NULL, events TEXT NOT NULL, hook_url TEXT NOT NULL, hook_secret TEXT NOT NULL,
    hook_active INTEGER NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS sign_in_codes (
    id INTEGER PRIMARY KEY AUTOINCREMENT, app_id INTEGER NOT NULL REFERENCES apps,
    user_id INTEGER NOT NULL REFERENCES users, digest TEXT NOT NULL UNIQUE, redirect_uri TEXT NOT NULL,
    challenge TEXT NOT NULL, expires_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS installations (
    id INTEGER PRIMARY KEY AUTOINCREMENT, app_id INTEGER NOT NULL REFERENCES apps,
    account_id INTEGER NOT NULL REFERENCES users, permissions TEXT NOT NULL, events TEXT NOT NULL,
    repository_ids TEXT, suspended_at TEXT, suspended_by_id INTEGER, created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL, UNIQUE (app_id, account_id));
CREATE TABLE IF NOT EXISTS installation_tokens (
    id INTEGER PRIMARY KEY AUTOINCREMENT, installation_id INTEGER NOT NULL REFERENCES installations ON DELETE CASCADE,
    digest TEXT NOT NULL UNIQUE, permissions TEXT NOT NULL, repository_ids TEXT, expires_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS repositories (
    id INTEGER PRIMARY KEY AUTOINCREMENT, owner_id INTEGER NOT NULL REFERENCES users,
    name TEXT NOT NULL COLLATE NOCASE, description TEXT, private INTEGER NOT NULL, default_branch TEXT NOT NULL,
    parent_id INTEGER, source_id INTEGER, created_at TEXT NOT NULL, updated_at TEXT NOT NULL,
    pushed_at TEXT NOT NULL, UNIQUE (owner_id, name));
CREATE TABLE IF NOT EXISTS collaborators (
    id INTEGER PRIMARY KEY AUTOINCREMENT, repository_id INTEGER NOT NULL REFERENCES repositories ON DELETE CASCADE,
    user_id INTEGER NOT NULL REFERENCES users, role TEXT NOT NULL, UNIQUE (repository_id, user_id));
CREATE TABLE IF NOT EXISTS issues (
    id INTEGER PRIMARY KEY AUTOINCREMENT, repository_id INTEGER NOT NULL REFERENCES repositories ON DELETE CASCADE,
    number INTEGER NOT NULL, is_pull INTEGER NOT NULL, title TEXT NOT NULL, body TEXT,
    user_id INTEGER NOT NULL REFERENCES users, app_id INTEGER, state TEXT NOT NULL, state_reason TEXT,
    created_at TEXT NOT NULL, updated_at TEXT NOT NULL, closed_at TEXT, closed_by_id INTEGER,
    UNIQUE (repository_id, number));
CREATE TABLE IF NOT EXISTS pulls (
    id INTEGER PRIMARY KEY AUTOINCREMENT, issue_id INTEGER NOT NULL UNIQUE REFERENCES issues ON DELETE CASCADE,
    repository_id INTEGER NOT NULL, number INTEGER NOT NULL, head_repository_id INTEGER,
    head_user_id INTEGER NOT NULL, head_ref TEXT NOT NULL, head_sha TEXT NOT NULL, base_ref TEXT NOT NULL,
    base_sha TEXT NOT NULL, draft INTEGER NOT NULL, maintainer_can_modify INTEGER NOT NULL, merged_at TEXT,
    merged_by_id INTEGER, merge_commit_sha TEXT, UNIQUE (repository_id, number));
CREATE INDEX IF NOT EXISTS pulls_by_head ON pulls (head_repository_id, head_ref);
CREATE TABLE IF NOT EXISTS labels (
    id INTEGER PRIMARY KEY AUTOINCREMENT, repository_id INTEGER NOT NULL REFERENCES repositories ON DELETE CASCADE,
    name TEXT NOT NULL COLLATE NOCASE, color TEXT NOT NULL, description TEXT, is_default INTEGER NOT NULL,
    UNIQUE (repository_id, name));
CREATE TABLE IF NOT EXISTS issue_labels (
    id INTEGER PRIMARY KEY AUTOINCREMENT, issue_id INTEGER NOT NULL REFERENCES issues ON DELETE CASCADE,
    label_id INTEGER NOT NULL REFERENCES labels ON DELETE CASCADE, UNIQUE (issue_id, label_id));
CREATE TABLE IF NOT EXISTS comments (
    id INTEGER PRIMARY KEY AUTOINCREMENT, repository_id INTEGER NOT NULL REFERENCES repositories ON DELETE CASCADE,
    issue_id INTEGER NOT NULL REFERENCES issues ON DELETE CASCADE, user_id INTEGER NOT NULL, app_id INTEGER,
    body TEXT NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS comments_by_issue ON comments (issue_id);
CREATE TABLE IF NOT EXISTS reactions (
    id INTEGER PRIMARY KEY AUTOINCREMENT, subject TEXT NOT NULL, subject_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL, content TEXT NOT NULL, created_at TEXT NOT NULL,
    UNIQUE (subject, subject_id, user_id, content));
CREATE TABLE IF NOT EXISTS reviews (
    id INTEGER PRIMARY KEY AUTOINCREMENT, pull_id INTEGER NOT NULL REFERENCES pulls ON DELETE CASCADE,
    user_id INTEGER NOT NULL, state TEXT NOT NULL, body TEXT NOT NULL, commit_id TEXT NOT NULL,
    submitted_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS reviews_by_pull ON reviews (pull_id);
CREATE TABLE IF NOT EXISTS review_comments (
    id INTEGER PRIMARY KEY AUTOINCREMENT, pull_id INTEGER NOT NULL REFERENCES pulls ON DELETE CASCADE,
    review_id INTEGER NOT NULL REFERENCES reviews ON DELETE CASCADE, user_id INTEGER NOT NULL, path TEXT NOT NULL,
    line INTEGER, side TEXT NOT NULL, start_line INTEGER, position INTEGER, diff_hunk TEXT NOT NULL,
    body TEXT NOT NULL, commit_id TEXT NOT NULL, original_commit_id TEXT NOT NULL, original_line INTEGER NOT NULL,
    in_reply_to_id INTEGER, created_at TEXT NOT NULL, updated_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS review_requests (
    id INTEGER PRIMARY KEY AUTOINCREMENT, pull_id INTEGER NOT NULL REFERENCES pulls ON DELETE CASCADE,
    user_id INTEGER NOT NULL, UNIQUE (pull_id, user_id));
CREATE TABLE IF NOT EXISTS check_suites (
    id INTEGER PRIMARY KEY AUTOINCREMENT, repository_id INTEGER NOT NULL REFERENCES repositories ON DELETE CASCADE,
    app_id INTEGER NOT NULL, head_sha TEXT NOT NULL, head_branch TEXT, before_sha TEXT, after_sha TEXT,
    created_at TEXT NOT NULL, updated_at TEXT NOT NULL, UNIQUE (repository_id, head_sha, app_id));
CREATE TABLE IF NOT EXISTS check_runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT, suite_id INTEGER NOT NULL REFERENCES check_suites ON DELETE CASCADE,
    repository_id INTEGER NOT NULL, app_id INTEGER NOT NULL, name TEXT NOT NULL, head_sha TEXT NOT NULL,
    external_id TEXT NOT NULL, details_url TEXT NOT NULL, status TEXT NOT NULL, conclusion TEXT,
    started_at TEXT NOT NULL, completed_at TEXT, title TEXT, summary TEXT, text TEXT, actions TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS check_runs_by_commit ON check_runs (repository_id, head_sha);
CREATE INDEX IF NOT EXISTS check_runs_by_suite ON check_runs (suite_id);
CREATE TABLE IF NOT EXISTS annotations (
    id INTEGER PRIMARY KEY AUTOINCREMENT, run_id INTEGER NOT NULL REFERENCES check_runs ON DELETE CASCADE,
    path TEXT NOT NULL, start_line INTEGER NOT NULL, end_line INTEGER NOT NULL, start_column INTEGER,
    end_column INTEGER, annotation_level TEXT NOT NULL, title TEXT, message TEXT NOT NULL, raw_details TEXT);
CREATE INDEX IF NOT EXISTS annotations_by_run ON annotations (run_id);
CREATE TABLE IF NOT EXISTS statuses (
    id INTEGER PRIMARY KEY AUTOINCREMENT, repository_id INTEGER NOT NULL REFERENCES repositories ON DELETE CASCADE,
    sha TEXT NOT NULL, state TEXT NOT NULL, context TEXT NOT NULL, description TEXT, target_url TEXT,
    creator_id INTEGER NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS statuses_by_commit ON statuses (repository_id, sha);
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT NOT NULL, app_id INTEGER NOT NULL, event TEXT NOT NULL,
    action TEXT, installation_id INTEGER, repository_id INTEGER, url TEXT NOT NULL, payload TEXT NOT NULL,
    redelivery INTEGER NOT NULL, delivered_at TEXT NOT NULL, duration REAL NOT NULL, status TEXT NOT NULL,
    status_code INTEGER NOT NULL, request_headers TEXT NOT NULL, response_headers TEXT NOT NULL,
    response_body TEXT);
CREATE INDEX IF NOT EXISTS deliveries_by_app ON deliveries (app_id);
"""

FIRST_IDS = {
    # Each kind counts from its own place, so that an id used for the wrong kind finds nothing.
    "users": 1_000,
    "apps": 2_000,
    "installations": 30_000,
    "repositories": 400_000,
    "issues": 5_000_000,
    "pulls": 6_000_000,
    "labels": 70_000,
    "comments": 80_000_000,
    "reviews": 90_000_000,
    "review_comments": 110_000_000,
    "check_suites": 120_000_000,
    "check_runs": 130_000_000,
    "deliveries": 140_000_000,
}
