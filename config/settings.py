"""Daybook's settings, read from the environment. `.env.example` lists every variable.

A *desk* is a checkout without DATABASE_URL: it runs on embedded servers and generates its own
secrets in `var/`. Any other start is production and requires its secrets.
"""

from __future__ import annotations

import os
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm

from accounts.tokens.keys import parse_signing_keys
from config.database.encryption import parse_key
from config.database.entry import configured_databases
from config.desk.secrets import load_local_secrets, throwaway_secrets
from config.environment import ConfigurationFault, Environment
from config.web import settings
from config.web.push_keys import parse_push_key
from config.web.settings import content_security_policy

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment(BASE_DIR)
LOG_LEVELS = ("INFO", "DEBUG", "WARNING", "ERROR", "CRITICAL")
NO_REDIS = "redis://127.0.0.1:6379/0"  # for commands that don't connect to it
LONGEST_DAYS = 36_500  # a span that can be added to any date

DESK = os.environ.get("DAYBOOK_EMBEDDED") == "1" or not env.text("DATABASE_URL")
if DESK:
    env.add_defaults(load_local_secrets(BASE_DIR))
# Set by manage.py for commands that need no secrets; given values take precedence.
SECRETLESS = os.environ.get("DAYBOOK_SECRETLESS") == "1"
_has_keys = bool(env.words("ENCRYPTION_KEYS"))
if SECRETLESS:
    env.add_defaults({**throwaway_secrets(), "REDIS_URL": NO_REDIS})
env.require(
    {
        "SECRET_KEY": "Set it to 50 or more random characters.",
        "ENCRYPTION_KEYS": "Set it to keys of 32 bytes in base64.",
        "TOKEN_SIGNING_KEYS": "Set it to P-256 or Ed25519 keys as PEM.",
        **({} if DESK else {"REDIS_URL": "Set it to the URL of a Redis or Valkey server."}),
    }
)

# --- Django ---------------------------------------------------------------------------------
DEBUG = env.flag("DEBUG", False)
SECRET_KEY = env.text("SECRET_KEY")
PUBLIC_URL = env.address("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
_public = urlsplit(PUBLIC_URL)
_host = str(_public.hostname)
SECURE = _public.scheme == "https"
_loopback = ["127.0.0.1", "localhost", "[::1]"] if DESK else []
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS") or [_host, *_loopback]
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS") or [PUBLIC_URL]

INSTALLED_APPS = [
    "config",
    "accounts",
    "profiles",
    "calendars",
    "accounts.apps.AdministrationConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_celery_beat",
    "django_htmx",
    "csp",
]
MIDDLEWARE = [
    "config.web.middleware.RequestIdMiddleware",
    "config.web.metrics.MetricsMiddleware",
    "config.web.compression.CompressionMiddleware",
    "config.web.middleware.LanguageMiddleware",
    "config.web.middleware.ProblemMiddleware",
    "config.web.middleware.AddressMiddleware",
    "config.web.middleware.PrivateAnswersMiddleware",
    "config.web.middleware.PlainHttpMiddleware",
    "accounts.middleware.AuditMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.sessions.browser.BrowserSessionMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.LegacyNoticeMiddleware",
    "accounts.middleware.ThrottleMiddleware",
    "accounts.middleware.SecondFactorMiddleware",
    "accounts.middleware.RepeatMiddleware",
    "profiles.middleware.ReaderMiddleware",
    "accounts.middleware.SecurityContextMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]  # docs/languages.md says how to add one
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
TIME_ZONE = "UTC"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = BASE_DIR / "var" / "static"
MEDIA_ROOT = BASE_DIR / "var" / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "config.web.static_files.StaticFilesStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500

# --- Database, cache, broker ----------------------------------------------------------------
DATABASES = configured_databases(env, desk=DESK)
WEB_PROCESSES = env.number("WEB_CONCURRENCY", 2, 1, 1024)  # the name that gunicorn uses
WEB_THREADS = env.number("WEB_THREADS", 8, 1, 1024)
WORKERS = env.number("WORKERS", 2, 1, 256)
REDIS_URL = env.address("REDIS_URL", "redis://127.0.0.1:6379/0", schemes=("redis", "rediss"))
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "daybook",
        "OPTIONS": {"pool_class": "config.database.redis.FailFastPool"},
    }
}
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A request that sends a message waits for the broker, so it tries once with a short timeout; the
# due work is in the database. The timeout exceeds kombu's brpop_timeout of 1 s, the time that a
# worker waits for a message.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "global_keyprefix": "daybook-queue:",
    "socket_connect_timeout": 2,
    "socket_timeout": 2,
    "retry_on_timeout": False,
    "max_retries": 0,  # for the connection of a sender; a worker's connection has its own setting
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_CONCURRENCY = WORKERS
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1

# --- Accounts -------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "accounts.authentication.EnhancedTokenBackend",
    "accounts.password_backend.PasswordBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
] + [
    {"NAME": f"accounts.sign_in.password.{name}"}
    for name in ("GuessableValidator", "OwnWordsValidator")
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ALLAUTH_TRUSTED_PROXY_COUNT = env.number("TRUSTED_PROXY_COUNT", 0, maximum=100)
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "signup": "accounts.forms.SignupForm",
    "reset_password": "accounts.forms.ResetPasswordForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Daybook: "
# Daybook has its own rate limits for passwords, codes, sign-up and reset: allauth counts failures
# per account and would lock out the account's owner.
ACCOUNT_RATE_LIMITS = {
    "login": None,
    "login_failed": None,
    "signup": None,
    "reset_password_from_key": None,
}
SIGNUP_OPEN = env.flag("SIGNUP_OPEN", True)
SIGNUP_NEEDS_APPROVAL = env.flag("SIGNUP_NEEDS_APPROVAL", False)
SECOND_FACTOR_REQUIRED_FOR = env.choice("SECOND_FACTOR_REQUIRED_FOR", ("none", "staff", "all"))
RECENT_SIGN_IN_SECONDS = env.number("RECENT_SIGN_IN_SECONDS", 300, minimum=30)
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = RECENT_SIGN_IN_SECONDS
MFA_ADAPTER = "accounts.sign_in.second_factors.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = {
    "add_webauthn": "accounts.forms.AddPasskeyForm",
    "authenticate": "accounts.forms.AuthenticateForm",
    "authenticate_webauthn": "accounts.forms.AuthenticatePasskeyForm",
    "reauthenticate": "accounts.forms.ReauthenticateForm",
    "reauthenticate_webauthn": "accounts.forms.ReauthenticatePasskeyForm",
    "login_webauthn": "accounts.forms.LoginPasskeyForm",
}
_keys = env.words("ENCRYPTION_KEYS")
try:
    ENCRYPTION_KEYS = [parse_key(key) for key in _keys]
except ValueError:
    raise ConfigurationFault("ENCRYPTION_KEYS", "must be 32 bytes each, in base64.") from None
TOKEN_SIGNING_KEYS = env.lines("TOKEN_SIGNING_KEYS")
try:
    parse_signing_keys(TOKEN_SIGNING_KEYS)
except (ValueError, UnsupportedAlgorithm):
    raise ConfigurationFault(
        "TOKEN_SIGNING_KEYS", "must be P-256 or Ed25519 private keys as PEM, without a password."
    ) from None
# Where the tables with sealed columns are listed. With throwaway keys there is nothing to decrypt.
SEALED_ROWS = (
    ("accounts.sealed_rows.SEALED_ROWS", "calendars.checks.SEALED_ROWS") if _has_keys else ()
)
TOKEN_ISSUER = PUBLIC_URL
TOKEN_AUDIENCE = f"{PUBLIC_URL}/api/v1/"
TOKEN_LEEWAY_SECONDS = env.number("TOKEN_LEEWAY_SECONDS", 10)
ACCESS_TOKEN_SECONDS = env.number("ACCESS_TOKEN_SECONDS", 900, minimum=60)
LEGACY_JWT_SECRET = env.text("LEGACY_JWT_SECRET")
LEGACY_JWT_SUNSET = env.moment("LEGACY_JWT_SUNSET")
LEGACY_JWT_ISSUED_BEFORE = env.moment("LEGACY_JWT_ISSUED_BEFORE")
LEGACY_JWT_MAX_LIFETIME = env.number("LEGACY_JWT_MAX_LIFETIME", 3600, 1, LONGEST_DAYS * 86_400)
if LEGACY_JWT_SECRET:
    if LEGACY_JWT_SUNSET is None:
        raise ConfigurationFault(
            "LEGACY_JWT_SUNSET", "is not set. Set it to the time at which legacy tokens expire."
        )
    if LEGACY_JWT_SECRET == SECRET_KEY:
        raise ConfigurationFault("LEGACY_JWT_SECRET", "must differ from SECRET_KEY.")
    AUTHENTICATION_BACKENDS.insert(1, "accounts.authentication.LegacyTokenBackend")
SESSION_IDLE_DAYS = env.number("SESSION_IDLE_DAYS", 60, 1, LONGEST_DAYS)
SESSION_ABSOLUTE_DAYS = env.number("SESSION_ABSOLUTE_DAYS", 365, 1, LONGEST_DAYS)
BROWSER_IDLE_DAYS = env.number("BROWSER_IDLE_DAYS", 14, 1, LONGEST_DAYS)
BROWSER_ABSOLUTE_DAYS = env.number("BROWSER_ABSOLUTE_DAYS", 90, 1, LONGEST_DAYS)
SESSION_COOKIE_AGE = BROWSER_ABSOLUTE_DAYS * 86_400
SESSION_SERIALIZER = "accounts.sessions.browser.SealedSerializer"
REFRESH_GRACE_SECONDS = 30
REFRESH_GRACE_USES = 10

# --- API ------------------------------------------------------------------------------------
REST_FRAMEWORK = settings.REST_FRAMEWORK
SPECTACULAR_SETTINGS = settings.SPECTACULAR_SETTINGS

# --- Google ---------------------------------------------------------------------------------
GOOGLE_CLIENT_ID = env.text("GOOGLE_CLIENT_ID")
GOOGLE_CLIENT_SECRET = env.text("GOOGLE_CLIENT_SECRET")
GOOGLE_AUTH_URI = env.address("GOOGLE_AUTH_URI", "https://accounts.google.com/o/oauth2/v2/auth")
GOOGLE_TOKEN_URI = env.address("GOOGLE_TOKEN_URI", "https://oauth2.googleapis.com/token")
GOOGLE_REVOKE_URI = env.address("GOOGLE_REVOKE_URI", "https://oauth2.googleapis.com/revoke")
GOOGLE_REDIRECT_URIS = env.words("GOOGLE_REDIRECT_URIS")
GOOGLE_API_ROOT = env.address("GOOGLE_API_ROOT", "https://www.googleapis.com").rstrip("/")
GOOGLE_WEBHOOK_URL = env.text("GOOGLE_WEBHOOK_URL") and env.address("GOOGLE_WEBHOOK_URL", "")
GOOGLE_QUOTA_PER_USER_MINUTE = env.number("GOOGLE_QUOTA_PER_USER_MINUTE", 600, minimum=1)
GOOGLE_QUOTA_PER_PROJECT_MINUTE = env.number("GOOGLE_QUOTA_PER_PROJECT_MINUTE", 10_000, minimum=1)
SYNC_INTERVAL_SECONDS = env.number("SYNC_INTERVAL_SECONDS", 300, minimum=1)
SYNC_HORIZON_PAST_DAYS = env.number("SYNC_HORIZON_PAST_DAYS", 400, 0, LONGEST_DAYS)
SYNC_HORIZON_FUTURE_DAYS = env.number("SYNC_HORIZON_FUTURE_DAYS", 800, 0, LONGEST_DAYS)

# --- Mail -----------------------------------------------------------------------------------
EMAIL_FILE_PATH = env.text("EMAIL_FILE_PATH", str(BASE_DIR / "var" / "mail") if DESK else "")
EMAIL_BACKEND = "accounts.mail.queue.EmailBackend"
MAIL_TRANSPORT = (
    "django.core.mail.backends.filebased.EmailBackend"
    if EMAIL_FILE_PATH
    else "accounts.mail.smtp.SMTPTransport"
)
EMAIL_HOST = env.text("EMAIL_HOST", "localhost")
EMAIL_PORT = env.number("EMAIL_PORT", 25, 1, 65_535)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", False)
EMAIL_TIMEOUT = env.number("EMAIL_TIMEOUT", 15, 1, 60)
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", f"Daybook <daybook@{_host}>")

# --- Notifications on devices -----------------------------------------------------------------
WEB_PUSH_PRIVATE_KEY = env.lines("WEB_PUSH_PRIVATE_KEY")
try:
    parse_push_key(WEB_PUSH_PRIVATE_KEY)
except (ValueError, UnsupportedAlgorithm):
    raise ConfigurationFault(
        "WEB_PUSH_PRIVATE_KEY", "must be one P-256 private key as PEM, without a password."
    ) from None
WEB_PUSH_CONTACT = env.text("WEB_PUSH_CONTACT", f"mailto:{parseaddr(DEFAULT_FROM_EMAIL)[1]}")
if not WEB_PUSH_CONTACT.isprintable() or not WEB_PUSH_CONTACT.startswith(("mailto:", "https://")):
    raise ConfigurationFault("WEB_PUSH_CONTACT", "must begin with mailto: or https://.")
PUSH_ALLOWED_NETWORKS = env.networks("PUSH_ALLOWED_NETWORKS")

# --- Security -------------------------------------------------------------------------------
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_NAME = "__Host-session" if SECURE else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE else "csrf"
SECURE_SSL_REDIRECT = SECURE
# A probe calls the process directly, without the proxy that terminates TLS.
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz)$"]
# Neither the web server nor a header may set the path prefix.
FORCE_SCRIPT_NAME = ""
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.flag("HSTS_INCLUDE_SUBDOMAINS", False)
SECURE_HSTS_PRELOAD = env.flag("HSTS_PRELOAD", False)
if SECURE_HSTS_PRELOAD and not SECURE_HSTS_INCLUDE_SUBDOMAINS:
    raise ConfigurationFault("HSTS_PRELOAD", "requires HSTS_INCLUDE_SUBDOMAINS=true.")
# Both checks are about options that the administrator may set; they are off by default.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = content_security_policy(consent_uri=GOOGLE_AUTH_URI)

# --- Operation ------------------------------------------------------------------------------
METRICS_TOKEN = env.text("METRICS_TOKEN")
SECRET_FILES = env.secret_files()
if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
    # prometheus_client takes an empty value, as in a copied .env.example, for the working
    # directory.
    os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)
AUDIT_KEEP_DAYS = env.number("AUDIT_KEEP_DAYS", 400, 30, LONGEST_DAYS)
ENDED_MAIL_KEEP_DAYS = env.number("ENDED_MAIL_KEEP_DAYS", 30, 1, LONGEST_DAYS)
ENDED_SESSION_KEEP_DAYS = env.number("ENDED_SESSION_KEEP_DAYS", 30, 1, LONGEST_DAYS)

# --- Logs -----------------------------------------------------------------------------------
# By name, because config.web.logs imports the metrics, and prometheus_client reads its directory
# from the environment when it is imported: `.env` must have been read by then.
LOGGING_CONFIG = "config.web.logs.configure_logs"
LOGGING = {"level": env.choice("LOG_LEVEL", LOG_LEVELS), "json": not DESK}
