# Every text of the pages, English. The same keys with the same variables stand in es.ftl.
# A family is a group of keys with one prefix whose last part is a name of the data
# (type-firearm, clause-tlp-max); see crates/web/tests/it/texts.rs.

## Frame

skip-to-content = Skip to content
menu-label = Places
signed-in-as = Signed in as
sign-out = Sign out
footer-logged = What you look up and release is entered in the log.
place-search = Search
place-releases = Releases
place-agreements = Agreements
place-oversight = Oversight
tone-done = Done
tone-note = Note
tone-fault = Problem

keys-title = Keys
keys-search = Go to the search box
keys-this = Show these keys
keys-close = Close
keys-close-button = Close
keys-on = Keys are on
pages-label = Pages
pages-previous = Previous
pages-next = Next
pages-here = Page { $page }

## Marking

marking-band-top = Marking of this page, top
marking-band-bottom = Marking of this page, bottom
marking-highest = strictest marking on this page
marking-nothing = No case data on this page
marking-absent = NO TLP
marking-unknown = UNKNOWN MARKING
marking-not-for-targeting = Not for targeting

handling-H0 = H0: only to prevent and combat crime
handling-H1 = H1: not in court without the originator's permission
handling-H2 = H2: not to be passed on without the originator's permission
handling-H3 = H3: other restrictions, see the text

caveat-source-identity = Identifies a source

## Sign in

login-title = Sign in
login-account = Account
login-password = Password
login-button = Sign in
login-help = No account, or the password is lost? Your administrator makes a new one-time link.
login-wrong = Account and password do not fit. Check both and try again.
login-wait = Too many tries. Wait a minute and try again.
login-link-spent = This link was used already or is too old. Ask your administrator for a new one.
login-session-over = Your session is over. Sign in to go on where you were.
login-link-title = One-time link
login-link-words = This link signs you in once. Opening this page does not use it up; the button does.
login-link-button = Sign in with this link
login-link-help = If you did not expect this link, close the page and tell your administrator.

## Search

search-title = Search
search-title-of = { $query }: search
search-box-label = Search everything held here
search-box-hint = Name, serial, account, container, phone or STIX id
search-button = Search
search-first-title = One box over everything your agency holds and partners released to it
search-first-name = A name, whole or in part: accents and capital letters make no difference.
search-first-number = A number as it is written: firearm serial, account, container, phone.
search-first-id = A STIX id, for one object.
search-first-log = Each search of held data is entered in the log with your account.
search-none-title = Nothing held here fits “{ $query }”
search-none-fewer = Try fewer words, or only the rarest one.
search-none-spelling = Try another spelling, or the number without spaces and hyphens.
search-none-type = If you chose a type, choose all types.
search-count = { $count ->
    [one] result
   *[other] results
}
search-newest = ranked among the newest 10,000
search-results = Results
search-by-type = Limit to a type
search-all-types = All types

## Columns

column-object = Object
column-type = Type
column-marking = Marking
column-source = Source
column-received = Received
column-property = Property
column-value = Value
column-direction = Direction
column-as = As
column-verdict = Verdict
column-release = Release
column-to = To
column-purpose = Purpose
column-objects = Objects
column-made = Made
column-receipt = Receipt
column-when = When
column-what = What left
column-under = Under
column-approved = Approved by
column-proof = Proof
column-partner = Partner
column-half = Written by
column-leaves = Entries
column-root = Root hash
column-signed = Signed by

## Object

object-facts = Facts
object-measures = Recall, hold, protect
object-links = Links
object-no-links = No links to or from other objects held here.
object-links-beyond = { $count ->
    [one] { $count } more link is not listed here.
   *[other] { $count } more links are not listed here.
}
object-revoked-words = Its originator took this object back. It is kept to show what was known; do not rely on it.
object-recalled-words = Its originator recalled this object. Its content was removed from this node; that it was here stays in the log.
object-restricted-words = Its originator took this object back, or its retention ended. It is kept for a legal hold alone: nobody finds it, nothing of it leaves, and this look is in the log.
object-corrected-words = Its originator corrected this object. Earlier versions were removed from this node.
object-ended-words = The time for which this node may keep the object has ended. Its content was removed; that it was here stays in the log.
link-out = this names
link-in = named by
link-not-held = not held here
state-revoked = Revoked
state-recalled = Recalled
state-restricted = Restricted
state-corrected = Corrected
state-ended = Retention ended
origin-title = Origin
origin-from = From
origin-source = Source
origin-own = Own
versions-title = Versions
version-shown = on this page
holders-title = Who has this
holders-nobody = No partner. Nothing of this object was released.
holders-released = Released
receipt-not-sent = Not sent
receipt-awaited = No receipt yet
receipt-signed = Receipt signed
recall-unanswered = no answer yet; the partner's node reads it with its next synchronisation
recall-purged = partner states: removed
recall-restricted = partner states: kept under restriction ({ $ground })
action-release = Release…
action-release-words = First a dry run: you see what the partner would see. Nothing leaves yet.
action-recall = Recall…
action-recall-words = { $partner } is asked to remove this object and everything made from it: its node reads that with its next synchronisation. One person is enough; nobody needs to approve.
action-recall-confirm = Recall now

## Release

release-title = Release
release-title-to = Release to { $partner }
release-agreement = Agreement
release-purpose = Purpose
release-show = Show what they would see
release-choose = Choose an agreement and a purpose to see what the partner would see. Nothing leaves by looking.
release-empty = There is nothing to release: no object was picked. Open an object and choose “Release…”.
release-summary = Summary
release-objects = Objects
release-fields = Fields
release-index = List of objects
release-own-ids = { $partner } gets each object under an id of its own; ids, times and sources of yours stay here.
release-picked = picked by you
release-through = referred to as
release-through-other = came along
release-show-held = Show what we hold
release-show-lines = Lines:
release-held = What we hold
release-held-then = What we held
release-seen = What { $partner } will see
release-left = What left to { $partner }
release-why = Why
release-not-held = not held; added for this release
release-nothing = nothing
release-blank = empty
release-gone = not shown any more: erased, recalled, hidden from you, or handed out as a file to one person
release-decide = Decide
release-counts = { $partner } will see { $going ->
    [one] { $going } object
   *[other] { $going } objects
}; { $staying ->
    [one] { $staying } object stays
   *[other] { $staying } objects stay
} here.

act-submit = Submit for approval
act-approve = Approve
act-refuse = Refuse
act-send-slot = Send in the next slot
act-send = Send now
act-discard = Discard draft

stage-preview = Dry run, not kept
stage-draft = Draft
stage-submitted = Awaits approval; submitted by
stage-approved = Approved, not sent; approved by
stage-scheduled = Approved, leaves at the time shown; approved by
stage-sent = Sent by
stage-recalled = Recalled by
stage-refused = Refused by

verdict-kept = Kept
verdict-changed = Changed
verdict-withheld = Withheld

mask-keep = kept
mask-parts = in part
mask-year = only the year
mask-province = only province and country
mask-country = only the country
mask-initials = only initials
mask-band = only the order of magnitude
mask-drop = left out

said-signed-out = You are signed out.
said-submitted = The release waits for approval. Nothing has left yet.
said-approved = The release is approved. It leaves when it is sent.
said-refused = The release is refused. Nothing has left.
said-sent = The release is in the partner's collection and entered in the log.
said-discarded = The draft is gone.
said-recalled = Recalled here. The partner's node reads it with its next synchronisation; its answer will be shown here.

## Releases

releases-title = Releases
releases-none-title = No releases yet
releases-none = Search for what you want to share, open it and choose “Release…”.
releases-submitted = Awaiting approval
releases-approved = Approved, to be sent
releases-drafts = Drafts
releases-sent = Sent
releases-recalled = Recalled
releases-refused = Refused
releases-counts = { $going ->
    [one] { $going } object leaves
   *[other] { $going } objects leave
}, { $staying ->
    [one] { $staying } stays
   *[other] { $staying } stay
}
releases-recalled-count = { $count ->
    [one] { $count } recalled
   *[other] { $count } recalled
}
releases-beyond = { $count ->
    [one] { $count } older release is not listed here.
   *[other] { $count } older releases are not listed here.
}

## Oversight

oversight-title = Oversight
oversight-words = What left this node, to whom, under which clause, what stayed, who approved it, and the proof.
oversight-filter = Everything shared about a person or object
oversight-filter-hint = Name or STIX id
oversight-filter-button = Show
oversight-all = Show all
oversight-disclosures = What left
oversight-none = Nothing has left this node yet.
oversight-none-about = Nothing about “{ $query }” has left this node.
oversight-requested = Requested by
oversight-leaf = entry { $leaf }
oversight-more-objects = { $count ->
    [one] and { $count } more
   *[other] and { $count } more
}
channels-title = Logs shared with partners
channels-words = Both sides keep a copy of each log and sign it at every exchange. A copy that was changed no longer fits the signatures.
channels-none = No partner yet, so no shared log.
channel-ours = us
channel-theirs = the partner
channel-agreed = Both copies agree
channel-waiting = Partner's signature awaited
channel-conflict = The copies contradict each other
signatures-none = nobody yet
signature-holds = signature holds
signature-fails = signature fails
signature-key = key
log-title = Log of this node
log-origin = Name of the log
log-checkpoint = Checkpoint
verify-title = Check it yourself
verify-words = The log can be copied and checked on any machine without this node:
verify-fails = A copy in which one byte was changed fails and names the place.

proof-page-title = Release to { $partner }: proof
proof-summary = The release
proof-legal-basis = Legal basis
proof-agreement-hash = Signed agreement (SHA-256)
proof-events = What followed
proof-objects = Objects
proof-twin = at the partner:
proof-fields = { $count ->
    [one] { $count } field changed or withheld
   *[other] { $count } fields changed or withheld
}
proof-title = Proof in the log of this node
proof-channel-title = Proof in the log shared with the partner
proof-holds = Checked just now: the proof holds
proof-fails = Checked just now: the proof fails
proof-leaf = Entry
proof-path = Hashes up to the root

event-account-created = Account made
event-agreement-signed = Agreement signed
event-channel-root = Shared log tied in
event-collection = Objects taken in
event-consultation = Consulted
event-danger-notice = Told of a warning
event-danger-recalled = Warning taken back
event-danger-refused = Refused: a name in a warning
event-danger-review = Warning reviewed
event-danger-seen = Warning noted
event-danger-to-life = Warned of danger to life
event-disclosure = Sent
event-erasure = Erased
event-link-created = One-time link made
event-log-split = Logs contradict each other
event-login = Signed in
event-node-created = Node made
event-store-moved = Store moved to another database
event-partner-added = Partner added
event-partner-revoked = Partner revoked
event-partner-token = Token for a partner made
event-plain-added = Tool added objects
event-plain-created = Collection made
event-plain-deleted = Tool deleted an object
event-plain-granted = Right to a collection set
event-plain-read = Tool read objects
event-recall = Recalled
event-recall-answer = Recall answered
event-receipt = Receipt signed
event-received = Received
event-release-approved = Approved
event-release-drafted = Drafted
event-release-refused = Refused
event-release-sent = Sent
event-release-submitted = Submitted for approval
event-token-created = Token made

## Errors

error-not-found-title = Not found
error-not-found = There is nothing here, or it is not for your account. Check the address, or search for what you need.
error-forbidden-title = Not for your role
error-forbidden = Your role may not do this. Ask somebody whose role may, or your administrator.
error-form-title = The form is too old
error-form = The page was open too long or you signed in again meanwhile. Nothing was changed. Go back, reload the page and try again.
error-conflict-title = Somebody was faster
error-conflict = This was changed meanwhile or is not in the right state for that any more. Nothing was changed. Go back, reload the page and look at it again.
error-internal-title = Our fault
error-internal = Something in the program failed. Nothing was released. Tell your administrator the reference below.
error-coded-title = This could not be done
error-coded = The request could not be carried out. Nothing was changed.
error-code = Code:
error-reference = Reference:
error-back = Back to the start
error-danger-names = The words name a person held here who does not leave with the warning. Nothing was sent. Pick who is meant, leave the name out, or call.
error-danger-why = Say why you decide so; it stays here.
error-danger-text = Say what threatens whom, where and when, in at most 4,000 characters.
error-danger-holds-id = The words hold the id of an object. Nothing was sent.
error-node-sign-in = Account and password do not fit.
error-node-partner = The partner could not be reached or gave an answer that cannot be used. Try again later; it is also retried by itself.
error-node-partner-busy = The partner is busy and asks to wait. Try again later; it is also retried by itself.
error-node-state = This is not in the state that the action needs. Reload the page and look at it again.
error-node-changed = Somebody else changed this meanwhile. Reload the page and look at it again.
error-stix-id-malformed = This is not a STIX id. Expected: type--UUID.

## Clauses: why something leaves or stays

clause-own-rule = our own rule
clause-not-active = Clause { $id }: the agreement is not in force.
clause-dates = Clause { $id }: valid from { $from } until { $until } only.
clause-recipient = Clause { $id }: this unit is not among the recipients.
clause-vetting = Clause { $id }: this unit has no valid vetting record here.
clause-purpose = Clause { $id }: the purpose “{ $purpose }” is not among those agreed.
clause-transfer = Clause { $id }: a transfer by way of exception needs a reason, and this release names none.
clause-assurances = Clause { $id }: for the purpose “{ $purpose }” a person leaves only for an offence for which the recipient gave assurances.
clause-type = Clause { $id }: objects of type { $type } may not leave.
clause-type-permitted = Clause { $id } permits objects of type { $type }.
clause-tlp-max = Clause { $id }: TLP up to { $max } may leave; this is { $found }.
clause-subject = Clause { $id }: persons of the category { $category } may not leave.
clause-evaluation = Clause { $id }: evaluated { $found } ({ $scheme }), which is below what may leave.
clause-unevaluated = Clause { $id }: nobody has evaluated all of it.
clause-age = Clause { $id }: it is older than { $days } days.
clause-undated = Clause { $id }: it states no date, so nobody knows how old it is.
clause-handling = Clause { $id }: objects under the handling code { $code } may not leave.
clause-caveat = Clause { $id }: objects under the caveat { $caveat } may not leave.
clause-pap = Clause { $id }: objects marked PAP:{ $found } may not leave.
clause-documents = Clause { $id }: documents do not leave.
clause-documents-flattened = Clause { $id }: documents leave only as flattened copies.
clause-document-copy = Clause { $id }: that of the flattened copy made for release.
clause-document-metadata = Clause { $id }: it tells of the original document, which does not leave.
clause-ids-whole = Clause { $id }: this type leaves whole under its own id, or not at all.
clause-text-none = Clause { $id }: free text does not leave.
clause-tear-line = Clause { $id }: replaced by the tear-line written for release.
clause-field-kept = Clause { $id } permits this field.
clause-field-parts = Clause { $id } permits parts of this field.
clause-field-changed = Clause { $id } permits this field in reduced form ({ $mask }).
clause-field-dropped = Clause { $id } keeps this part back.
clause-identifier = Clause { $id }: identifiers of the kind “{ $kind }” may not leave.
clause-stamped = Clause { $id }: the marking made for this partner, with its handling codes.
clause-retention-over = Clause { $id }: the time for which the recipient may keep it is over.
clause-approval = Clause { $id }: { $rule ->
    [automatic] no approval is needed.
    [one-officer] one officer approves.
   *[four-eyes] another officer than the one who drafted it approves.
}
clause-approval-when = Clause { $id }: because of what is in this release, { $rule ->
    [automatic] no approval is needed.
    [one-officer] one officer approves.
   *[four-eyes] another officer than the one who drafted it approves.
}
private-source-identity = It identifies a source; that never leaves.
private-held-back = A named officer holds it back.
private-unknown-marking = It bears a marking that this version cannot read.
private-conditions = Its marking sets conditions in words, which no rule can check.
private-unknown-extension = It bears an extension that this version does not know.
private-unmarked = It bears no TLP marking: nobody has said how far it may go.
private-third-agency = It originates from another agency, which has not consented.
private-third-agency-whole = It originates from another agency: it passes on whole, or not at all.
private-tlp-red = TLP:RED goes to named persons only, never into a collection.
private-subject-unstated = Nobody has stated the category of this person.
private-releasable-to = Its marking names other recipients.
private-marking-purpose = Its marking does not allow the purpose “{ $purpose }”.
private-retention-over = The day by which its marking demands deletion has come.
private-review-overdue = Its marking demanded a review, which is overdue.
private-revoked = It has been withdrawn.
private-recalled = It was recalled from this partner; a recall is final.
private-type = A rule of this node ({ $id }) forbids it.
private-caveat = A rule of this node ({ $id }) forbids it because of its caveat.
private-category = A rule of this node ({ $id }) forbids it because of the person's category.
private-rule = A rule of this node ({ $id }) forbids it.
default-deny = No clause permits this.
default-error = The rules could not be applied to it, so it stays.
default-internal = It belongs to this node's own records and never leaves.
default-own-identity = The identity of this node, which every partner has.
default-same-twin = The partner receives the same object from another record.
free-text = Free text leaves only as a tear-line.
tear-line-missing = Free text leaves only as a tear-line, and none is written.
tear-line-names-withheld = The tear-line names something that is withheld ({ $object }).
tear-line-names-unknown = The tear-line names something that this partner may not know of.
identifier-in-text = It contains the identifier of an object, which would leave with it.
field-not-reducible = It cannot be reduced ({ $mask }), so it stays.
twin-envelope = Every object leaves under an identifier, times and originator made for this partner.
closure-not-released = It refers to { $target }, which this partner does not receive.
closure-end-withheld = It connects to { $target }, which this partner does not receive.
closure-list-empty = Nothing that it lists in “{ $property }” leaves.
closure-required = “{ $property }” is required but may not leave.
invalid-stix = What would remain is no valid STIX ({ $rule } at “{ $path }”).

## Names in the data

role-administrator = Administrator
role-investigator = Investigator
role-analyst = Analyst
role-liaison-officer = Liaison officer
role-approver = Approver
role-source-handler = Source handler
role-auditor = Auditor
role-tool = Tool
role-console = Console

category-suspect = suspect
category-convicted = convicted
category-victim = victim
category-witness = witness
category-contact = contact
category-other = other
category-not-established = not established

purpose-drug-trafficking = Drug trafficking
purpose-firearms-tracing = Firearms tracing
purpose-money-laundering = Money laundering
purpose-organised-crime = Organised crime
purpose-trafficking-in-persons = Trafficking in persons
purpose-migrant-smuggling = Smuggling of migrants
purpose-kidnapping = Kidnapping
purpose-extortion = Extortion
purpose-corruption = Corruption
purpose-cyber = Cyber
purpose-port-security = Port security
purpose-prison-security = Prison security
purpose-prosecution = Prosecution

type-agreement = Agreement
type-agreement-signature = Signature of an agreement
type-agreement-state = Statement about an agreement
type-aircraft = Aircraft
type-artifact = Document
type-attack-pattern = Attack pattern
type-autonomous-system = Autonomous system
type-bank-account = Bank account
type-campaign = Campaign
type-case = Case
type-consent = Consent
type-evaluation = Evaluation
type-handling = Handling
type-membership = Membership
type-organization = Organisation
type-person = Person
type-provenance = Provenance
type-recall = Recall
type-request = Request
type-request-event = Step of a request
type-same-as = Same as
type-tear-line = Tear-line
type-unit = Unit
type-commitment = Commitment
type-course-of-action = Course of action
type-criminal-group = Criminal group
type-cryptocurrency-transaction = Cryptocurrency transaction
type-cryptocurrency-wallet = Cryptocurrency wallet
type-danger-notice = Notice about a warning
type-danger-to-life = Warning of danger to life
type-designation = Designation
type-detention = Detention
type-directory = Directory
type-domain-name = Domain name
type-email-addr = E-mail address
type-email-message = E-mail message
type-exhibit-custody = Custody of an exhibit
type-extension-definition = Extension definition
type-file = File
type-firearm = Firearm
type-firearm-transfer = Transfer of a firearm
type-grouping = Grouping
type-identity = Person or organisation
type-incident = Incident
type-indicator = Indicator
type-infrastructure = Infrastructure
type-intrusion-set = Intrusion set
type-ipv4-addr = IPv4 address
type-ipv6-addr = IPv6 address
type-key-change = Key change
type-key-compromise = Key compromise
type-language-content = Translation
type-location = Location
type-mac-addr = MAC address
type-malware = Malware
type-malware-analysis = Malware analysis
type-marking-definition = Marking
type-meeting = Meeting
type-mutex = Mutex
type-network-traffic = Network traffic
type-note = Note
type-observed-data = Observed data
type-opinion = Opinion
type-payment = Payment
type-payment-card = Payment card
type-phone-number = Phone number
type-process = Process
type-programme = Programme
type-recall-answer = Answer to a recall
type-receipt = Receipt
type-relationship = Relationship
type-release-record = Release record
type-report = Report
type-seizure = Seizure
type-shipping-container = Shipping container
type-sighting = Sighting
type-software = Software
type-task = Task
type-threat-actor = Threat actor
type-tool = Tool
type-url = URL
type-user-account = User account
type-vehicle = Vehicle
type-vessel = Vessel
type-vulnerability = Vulnerability
type-windows-registry-key = Windows registry key
type-x509-certificate = X.509 certificate

property-account_number = Account number
property-registration_numbers = Registration numbers
property-first_observed = First observed
property-last_observed = Last observed
property-number_observed = Times observed
property-observed_data_refs = Observed data
property-id = Id
property-object_marking_refs = Markings
property-granular_markings = Markings of single values
property-administrative_area = Province or state
property-precision = Precision
property-pattern_type = Kind of pattern
property-pattern_version = Version of the pattern language
property-sighting_of_ref = Sighting of
property-where_sighted_refs = Sighted by
property-count = Count
property-provenance = Provenance
property-spec_version = Version of the standard
property-aliases = Also known as
property-bic = BIC
property-birth_date = Date of birth
property-birth_place = Place of birth
property-calibre = Calibre
property-category = Category
property-confidence = Confidence
property-country = Country
property-country_of_manufacture = Country of manufacture
property-created = Created
property-created_by_ref = Created by
property-currency = Currency
property-deceased = Deceased
property-description = Description
property-external_references = External references
property-firearm_type = Kind of firearm
property-first_seen = First seen
property-holder_ref = Account holder
property-iban = IBAN
property-identity_class = Kind of identity
property-identity_documents = Identity documents
property-import_mark = Import mark
property-importer = Importer
property-indicator_types = Kinds of indicator
property-kind = Kind
property-labels = Labels
property-last_seen = Last seen
property-latitude = Latitude
property-legal_form = Legal form
property-longitude = Longitude
property-manufacturer = Manufacturer
property-minor = Minor
property-model = Model
property-modified = Modified
property-name = Name
property-names = Names
property-nationalities = Nationalities
property-number = Number
property-object_refs = Refers to
property-other_marks = Other marks
property-pattern = Pattern
property-published = Published
property-recovered_on = Recovered on
property-recovered_place_ref = Recovered at
property-region = Region
property-relationship_type = Relationship
property-report_types = Kinds of report
property-roles = Roles
property-sectors = Sectors
property-serial = Serial number
property-serial_status = State of the serial number
property-sex = Sex
property-source_ref = From
property-start_time = Since
property-status = Status
property-stop_time = Until
property-subject_categories = Categories of the person
property-target_ref = To
property-tear-line = Tear-line
property-text = Text
property-title = Title
property-valid_from = Valid from
property-valid_until = Valid until
property-value = Value

country-AL = Albania
country-AR = Argentina
country-BE = Belgium
country-BO = Bolivia
country-BR = Brazil
country-CA = Canada
country-CL = Chile
country-CO = Colombia
country-CR = Costa Rica
country-DE = Germany
country-DO = Dominican Republic
country-EC = Ecuador
country-ES = Spain
country-FR = France
country-GB = United Kingdom
country-GT = Guatemala
country-HN = Honduras
country-IT = Italy
country-MX = Mexico
country-NL = Netherlands
country-PA = Panama
country-PE = Peru
country-PT = Portugal
country-SV = El Salvador
country-TR = Türkiye
country-US = United States
country-UY = Uruguay
country-VE = Venezuela

## Agreements

agreements-title = Agreements
agreements-none-title = No agreements
agreements-none = Start a new one, or read the file with the papers that a partner sent.
agreements-ending = Those that end within { $days ->
    [one] 1 day
   *[other] { $days } days
}
agreements-within = In force and ending within { $days ->
    [one] 1 day
   *[other] { $days } days
}.
agreements-all = Show all
agreements-waiting = Waiting
agreements-in-force = In force
agreements-coming = Coming
agreements-over = Over
column-agreement = Agreement
column-state = State
column-parties = Parties
column-until = Until
column-clause = Clause
column-term = Term
column-says = What it says
column-owed = What is owed
column-owed-by = By whom
column-due = Due
standing-active = In force
standing-awaiting-signatures = Awaits signatures
standing-not-yet-valid = Not valid yet
standing-suspended = Suspended
standing-replaced = Replaced by a later version
standing-expired = Expired
standing-terminated = Terminated
standing-unreadable = Cannot be applied
agreement-sentences = In sentences
agreement-signed = signed
agreement-unsigned = not signed
agreement-days-left = { $days ->
    [0] Ends today
    [one] Ends in { $days } day
   *[other] Ends in { $days } days
}
agreement-suspended-by = By { $names }
agreement-silent = By us; the other parties were not told
agreement-summary = Agreement
agreement-from = Valid from
agreement-amends = What was released before
agreement-text-hash = SHA-256 of the text on paper
agreement-effects = { $recalled } recalled, { $narrowed } narrowed, { $kept } as before, { $left } left to an officer
agreement-statements = What the parties said
agreement-effective = from
agreement-effective-from = From which day on (empty: at once)
agreement-versions = Other versions
agreement-terms = Clauses
agreement-cedar = Policies
agreement-cedar-show = Show the Cedar text that the clauses compile to
agreement-acts = What you can do
agreement-note = Words for the other parties
agreement-ground = Reason, for our log only
released-keep = stays where it is
released-narrow = is narrowed to the new terms
released-recall = is recalled
stated-suspended = suspended
stated-resumed = resumed
stated-terminated = terminated
agree-sign = Sign…
agree-suspend = Suspend…
agree-suspend-silently = Suspend without telling…
agree-resume = Resume…
agree-terminate = Terminate…
agree-believe = In doubt: the party said it…
agree-set-aside = In doubt: the party did not say it…
agree-words-sign = You sign for the agency exactly what stands here. With the last signature it is in force from its first day.
agree-words-suspend = Nothing leaves under it from now on, on either side, until we resume. The other parties are told. What they have they can still read; recalls still pass.
agree-words-suspend-silently = Nothing new leaves from now on. The other parties are not told, still see what they had, and what they send is taken as before.
agree-words-resume = Our own suspension ends, also a silent one. Suspensions of others stay. What was released meanwhile and not fetched can be fetched.
agree-words-terminate = The agreement ends for good, for all parties. Only recalls pass. To cooperate again you sign a new one.
agree-words-believe = It was signed with a key that others may have had by then, and only suspends until it is judged. Ask the party first, by a way that this key does not open. Then it counts as it was said, also an end for good.
agree-words-set-aside = It was signed with a key that others may have had by then. Ask the party first, by a way that this key does not open. Then it counts for nothing, and the agreement goes on.
agree-confirm-sign = Sign
agree-confirm-suspend = Suspend
agree-confirm-suspend-silently = Suspend silently
agree-confirm-resume = Resume
agree-confirm-terminate = Terminate for good
agree-confirm-believe = It counts
agree-confirm-set-aside = It counts for nothing
commitments-title = Commitments
commitments-none = Nothing was promised under this agreement yet.
commitment-to = to
commitment-overdue = Overdue
commitment-open = Open
commitment-in-progress = In progress
commitment-met = Met
commitment-partly-met = Partly met
commitment-waived = Waived
commitment-disputed = Disputed
commitment-withdrawn = Withdrawn
commitment-met-button = Mark as met
commitment-due = Due (2026-06-30, 2026-06 or 2026)
commitment-add = Note a commitment…
commitment-add-words = The other parties are told. Name no person and no source.
commitment-add-confirm = Note it
desk-commitments = All commitments
desk-commitments-words = What is owed under agreements and after meetings, the first due first. Who made a commitment says where it stands.
desk-commitment-to = To whom
desk-commitment-by = By whom (“own” for this agency, or a name, country or key)
desk-commitment-add = Note a commitment of a meeting…
desk-commitment-meeting = Meeting (its id)
desk-commitment-meeting-words = What was promised at a meeting is shared with nobody. What follows from an agreement is noted on its page.
desk-commitment-set = Say where it stands…
desk-commitment-evidence = Ids of objects of ours that show it, one a line; they never leave
term-validity = Validity
term-purposes = Purposes
term-recipients = Recipients
term-transfer = Ground of the transfer
term-assurances = Assurances
term-types = Object types
term-ids = Original ids
term-tlp = Highest TLP
term-subjects = Categories of persons
term-identifiers = Identifiers
term-evaluation = Evaluation
term-age = Age
term-handling = Handling codes
term-text = Text
term-documents = Documents
term-fields = Fields
term-onward = Passing on
term-match = Hit/no-hit
term-deadlines = Deadlines
term-retention = Retention
term-approval = Approval
term-standing = Standing rule
term-answer = One outward answer
term-slots = Publication slots
term-acceptance = Acceptance
said-agreement-signed = The agreement is signed. The other parties get our signature.
said-suspended = The agreement is suspended here as of now. The other parties are told.
said-suspended-silently = Nothing new leaves. The other parties are not told.
said-resumed = Our suspension is over.
said-terminated = The agreement is over for good. The other parties are told.
## Partners, what they sent, updates, own keys, holds

place-incoming = Incoming
place-partners = Partners
column-from = From
partners-words = A partner is a unit whose card was pinned here. Nothing is released to a unit without a valid vetting record.
partners-none-title = No partners yet
partners-none = An administrator pins the card that a partner's node prints with enlace card.
partner-words-column = Fingerprint in words
partner-vetting = Vetting
partner-agreements = Agreements in force
partner-agreements-none = There is no agreement with this partner. Nothing leaves without one.
partner-cut-off = Cut off
partner-add = Pin a partner's card
partner-add-words = Paste what the partner's enlace card printed. Then call the partner and compare the fingerprint in words before you rely on it. A later card of a pinned partner takes the place of the earlier one.
partner-card = Card (JSON)
partner-known = How we know it
partner-key = Key id
partner-url = Address
partner-added = Pinned
partner-compare = Compare the words over the phone, with a number that you did not get from this card.
partner-exchange = Last exchange
partner-exchange-none = Nothing was exchanged yet.
partner-exchanged = Objects that came: { $objects }, releases: { $releases }; recalled: { $recalled }; set aside: { $rejected }. Our messages taken: { $delivered }; waiting: { $waiting }.
partner-exchange-failed = The last attempt failed
partner-sync = Exchange now
partner-tokens = Tokens
partner-tokens-none = There is no token: the partner reads with its certificate only.
partner-end = End
partner-revoke = Cut the partner off
partner-revoke-words = From now on its certificate and tokens reach nothing, nothing is fetched from it or read of it, and what waits for it never leaves. What we hold of it stays. This cannot be undone here.
partner-revoke-confirm = I confirm that this partner is cut off
own-card = Our card, to be given to partners
desk-accounts = Accounts
desk-accounts-words = Our own people and tools. No partner has an account here.
desk-account-role = Role
desk-account-create = Make an account
desk-account-link = Link that signs in once
desk-account-token = Token for a tool
desk-account-once = Shown now and never again; hand it over yourself
desk-collections = Collections
desk-collections-words = What our own tools exchange by TAXII on this address. Nothing in here is searched, shown on a page or released, and no partner reaches it.
desk-collections-none = No collection yet.
desk-collection = Collection
desk-collection-id = Id
desk-collection-last = Last added
desk-collection-readers = May read
desk-collection-writers = May write
desk-collection-create = Make a collection
desk-collection-grant = Say who may what
desk-collection-grant-words = From now on the account has exactly the rights that are ticked here; none ticked ends both. Who may read and write may also delete.
desk-collection-read = may read
desk-collection-write = may write
error-account-name = A name has 1 to 64 letters, digits, or . - _ @
error-account-password = A password has at least 8 characters.
partner-files = Files carried by hand
partner-persons = Named persons for TLP:RED
partner-persons-none = Nobody is named. Where an agreement says so, TLP:RED may leave to a named person alone, encrypted to that person.
person-add = Name a person
person-remove = Remove
person-words = Nothing leaves by naming a person. Compare the key by telephone with the person.
person-name = Person
person-recipient = Key for files (age1…)
person-basis = On what it rests
desk-file = File
desk-carried-title = What the file brought
desk-carried-words = It was encrypted to this node, signed by the partner, and read for the first time. Deliveries wait under Incoming.
desk-carried-papers-words = Each paper proves itself by its signature.
desk-carried-brought = Taken in
desk-carried-releases = Releases
desk-carried-recalled = Recalled
desk-carried-rejected = Set aside
desk-carried-acknowledged = Files of ours that were read there
desk-carried-papers = Papers
desk-carried-rule = Rule
desk-carried-read = Read a partner's file
desk-carried-read-words = An encrypted file that the partner's node wrote for this one. It is judged as a whole first; what does not hold changes nothing.
desk-carried-outbox = Write a file for this partner
desk-carried-outbox-words = Everything that it has not got: releases, recalls and papers, encrypted to its node. Writing it counts as handing it out and is entered in the log.
desk-carried-papers-out = Papers in clear
desk-carried-papers-out-words = Agreements, signatures and answers that wait for it, readable by everybody who gets the file. No release is in it.
desk-carried-import = Read papers from a file
desk-carried-import-words = Signed agreements and other papers in clear, as a partner's node writes them.
paper-state-taken = Taken in
paper-state-known = Known already
paper-state-refused = Refused
vetting-valid = Valid through { $until }
vetting-over = Ended on { $until }
vetting-none = No record
vetting-record = Record a vetting
vetting-words = The newest record counts. The partner does not hear of it.
vetting-by = Who vetted the unit
vetting-classes = Classes of recipients that it belongs to, such as customs; may be empty
vetting-until = Last day of validity
vetting-result = Result
vetting-result-passed = Passed
vetting-result-failed = Failed
token-new = The new token
token-once = This token is shown only now. Give it to the partner by a safe way; whoever has it reads what we released to this partner.
token-make = Make a token
token-words = For a plain TAXII client of this partner. It reads what we released under the agreement, nothing else.
token-days = Days that it is good for (1 to 365; empty: 365)
token-begins = Begins with
token-unknown = Beginning not known
token-end = End this token
incoming-words = What a partner sent is neither found nor used here until somebody accepts it.
incoming-none-title = Nothing came yet
incoming-none = What partners release to us appears here after the next exchange.
incoming-waiting = Waiting for a verdict
incoming-judged = Judged
incoming-beyond = { $count ->
    [one] One older delivery is not listed.
   *[other] { $count } older deliveries are not listed.
}
incoming-aside = Set aside from partners
incoming-aside-words = These did not come in: each breaks a rule. Tell the sender, who can repair it and send it again.
incoming-own = Set aside from files of our own
incoming-own-words = These did not come in when a file of ours was imported. Repair them in the file, or in the system that wrote it, and import it again: what is held already stays.
incoming-own-place = Where in the file
incoming-recall = Recall
incoming-correction = Correction
incoming-rule = It breaks a rule of its format. The standard says:
judged-pending = Waiting
judged-held = Accepted
judged-rejected = Refused
judged-recalled = Recalled by its sender
rule-exchange-bad-signature = The signature does not fit the partner's key.
rule-exchange-not-in-record = No signed record of the delivery lists it.
rule-exchange-not-the-originator = It names another originator than the partner that sent it.
rule-exchange-unknown-agreement = The record names an agreement that is not in force with this partner.
rule-exchange-former-key = It is signed by a key that the partner has replaced.
rule-exchange-key-card = A change of keys comes with a card that does not fit.
rule-exchange-key-known = A change of keys names a key that the partner has given up.
rule-exchange-key-order = A change of keys is older than one that came before.
rule-exchange-key-since = A notice of lost keys names no time, or one in the future.
rule-exchange-key-taken = A change of keys names a key that another partner has.
rule-exchange-other-party = A change of keys speaks for another party.
rule-exchange-unknown-key = A change of keys is signed by no key that may say so. Call the partner.
rule-exchange-unknown-signer = It is signed by nobody whose card is pinned.
rule-stix-version-conflict = The same version came before with other content.
rule-stix-version-after-revocation = A version came after the object was revoked for good.
rule-stix-version-other-creator = A version came under the name of another creator.
rule-stix-version-other-created = A version says another time of creation than those before.
rule-exchange-agreement-changed = It differs from the agreement of this id that came before.
rule-exchange-agreement-too-long = The agreement is longer than one may be.
rule-exchange-agreement-unreadable = The agreement cannot be read.
rule-exchange-answered-enough = It was answered as often as one day allows.
rule-exchange-future-dated = It bears a time that has not come.
rule-exchange-not-a-party = Its sender is no party of the agreement.
rule-exchange-not-signed = It bears no signature.
rule-exchange-other-addressee = It is addressed to somebody else.
rule-exchange-out-of-place = It answers nothing that we asked or sent.
rule-exchange-paper-changed = It differs from the paper of this id that came before.
rule-exchange-paper-too-long = The paper is longer than one may be.
rule-exchange-too-many-agreements = More agreements wait than one partner may leave here.
rule-exchange-too-many-papers = More papers wait than one partner may leave here.
rule-exchange-too-many-today = More came today than one day allows.
rule-exchange-type-not-taken = Objects of this type are not taken from partners.
rule-firearms-cell-long = The cell is longer than one may be.
rule-firearms-column-unread = The column is not read.
rule-firearms-coordinates-half = One of the two coordinates is missing.
rule-firearms-coordinates-malformed = The coordinates cannot be read as degrees.
rule-firearms-country-unknown = The country is not known by this name.
rule-firearms-date-ambiguous = The date can be read in two ways: write it as 2025-10-09.
rule-firearms-date-future = The date has not come yet.
rule-firearms-date-malformed = The date cannot be read: write it as 2025-10-09.
rule-firearms-date-no-such-day = There is no such day.
rule-firearms-make-missing = The maker is missing.
rule-firearms-place-no-country = The place has no country.
rule-firearms-row-cells = The row has another number of cells than the head.
rule-firearms-serial-status-unknown = The state of the serial number is none of those known.
rule-firearms-serial-contradiction = Serial number and its state contradict each other.
rule-firearms-serial-missing = The serial number is missing.
rule-firearms-serial-spreadsheet = A spreadsheet made a number of the serial: write it as text.
rule-firearms-status-unknown = The status is none of those known.
rule-firearms-type-unknown = The kind of firearm is none of those known.
rule-import-encoding-not-utf8 = The file is not written in UTF-8.
rule-import-encoding-unknown = The encoding of the file is not known.
rule-import-file-too-large = The file is larger than one may be.
rule-import-file-too-many-items = The file holds more items than one may.
rule-import-format-unknown = The format of the file is not known.
rule-import-json-unreadable = The file is no readable JSON.
rule-import-marking-not-applicable = The marking cannot be set on it.
rule-import-stix-version-1 = It is STIX 1, which is not read.
rule-import-table-no-column = A column that is needed is missing.
rule-import-table-repeated-column = A column stands there twice.
rule-import-table-too-many-columns = The table has more columns than one may.
rule-stix-date-malformed = The date is not written as a date.
rule-stix-dictionary-empty = A dictionary is empty: leave it out.
rule-stix-enum-value = The value is none of those that the standard lists.
rule-stix-granular-selector-missing = A marking selects a property that the object does not have.
rule-stix-granular-selector-syntax = A marking selects with a text that is no path.
rule-stix-id-malformed = The id is not written as a type and a UUID.
rule-stix-id-type-mismatch = The id begins with another type than the object has.
rule-stix-identifier-check-digit = The check digit does not fit: a digit is wrong.
rule-stix-integer-unsafe = The number is larger than computers exchange safely.
rule-stix-json-duplicate-member = A property stands there twice.
rule-stix-list-empty = A list is empty: leave it out.
rule-stix-location-place = The place says neither region, country nor coordinates.
rule-stix-marking-no-definition = It names a marking that is not defined.
rule-stix-number-out-of-range = The number is outside the range that is allowed.
rule-stix-object-not-an-object = It is no object.
rule-stix-object-not-json = It is no readable JSON.
rule-stix-object-too-deep = It is nested deeper than one may.
rule-stix-object-too-large = It is larger than one may be.
rule-stix-property-missing = A required property is missing.
rule-stix-property-name = The name of a property is none that the standard allows.
rule-stix-property-one-of = At least one of several properties has to stand there.
rule-stix-property-unknown = The standard knows no such property.
rule-stix-reference-malformed = A reference is no id.
rule-stix-reference-target = A reference points to an object of a type that may not stand there.
rule-stix-spec-version = It states no version of the standard.
rule-stix-timestamp-malformed = The time is not written as a time.
rule-stix-timestamp-no-such-time = There is no such time.
rule-stix-timestamp-not-utc = The time is not in UTC: it has to end in Z.
rule-stix-timestamp-order = A later time stands before an earlier one.
rule-stix-type-missing = It states no type.
rule-stix-type-name = The name of the type is none that the standard allows.
rule-stix-type-unknown = The type is not known.
rule-stix-value-kind = The value is of another kind than the standard asks for.
rule-stix-value-null = A property is null: leave it out.
delivery-title = Release for “{ $purpose }” from { $partner }
delivery-facts = Delivery
delivery-values-words = Every value is stated by { $partner }, not by us. What is different from what we accepted from this partner before is shown with the earlier value.
delivery-values-beyond = { $count ->
    [one] One more value is not shown; what is different is shown first.
   *[other] { $count } more values are not shown; what is different is shown first.
}
delivery-value-before = Held so far:
delivery-value-gone = Not stated any more
delivery-value-added = Not stated before
delivery-value-characters = … cut: { $count } characters in all
delivery-value-items = … cut: { $count } items in all
news-new = New from this partner
news-changed = Different from what is held from this partner
news-same = As held from this partner
delivery-accept = Accept
delivery-accept-words = The objects are held from now on, under the partner's markings. The partner gets our signed receipt.
delivery-reject = Refuse
delivery-reject-words = Nothing of it is shown or found here. The partner gets no receipt and is not told the reason.
updates-title = Waiting updates
updates-words = Changes of what partners have, and what standing rules select, become visible in each partner's slots: time and order say nothing of our work.
updates-none-title = No update waits
updates-none = When an object changes that a partner has, it waits here until the partner's slot.
updates-person = For a person
updates-slot = For their slot
updates-when = When
updates-decide = Shows what nobody decided on
updates-may-not = May no longer leave: { $clauses }
updates-rule = Selected by the standing rule { $rule }
updates-reads = The rule reads { $properties }, which does not leave as it is: that it selects tells it. A person decides on each selection.
updates-open = Open the draft
updates-recall = Recall it or leave it with the partner
updates-now = Let out what waits, now
updates-now-words = Everything that waits for a slot leaves at once, for every partner. Partners can see when we work.
updates-now-confirm = I confirm that it leaves now
holds-title = Your holds
holds-words = What you hold back leaves for nobody. Who drafts a release reads that an officer holds it back, not who and not why.
holds-none = You hold nothing back.
holds-what = What it covers
holds-place-words = The objects and everything that they refer to: at least five objects and never exactly one person, so that the hold points at nobody.
own-keys-title = Keys of this node
own-keys-now = The key that signs
own-keys-id = Id of the key
own-keys-party = Name of this node in agreements
own-keys-former = Former keys
own-keys-key = Key
own-keys-since = Others may have had it since
own-keys-recovery-here = The recovery key still lies on this machine (keys/recovery.key). Move it to a place without a network: who takes over this machine could otherwise replace all keys.
own-keys-do = What can be done
own-keys-console = At the console of the machine only: a change of keys ends the running node, and the recovery key belongs in no browser. Start enlace serve again afterwards; every partner is told.
own-keys-change = Another key, signed for by the present one
own-keys-change-recovery = Another key, signed for by the recovery key, when the present one is lost
own-keys-compromise = Others may have had our keys since some day: new keys for signing, TLS and files; every session and token ends
draft-title = New agreement
draft-amend-title = Amend: { $agreement }
draft-amend = Draft a later version: an amendment or a renewal
draft-words = The draft lives on this page only: copy it to keep it. Checking and replaying write nothing. Signing sends it to the other parties.
draft-start = Start from a model
draft-model = Model
draft-with = Other parties
draft-name = Title (empty: the names of the parties)
draft-begin = Fill in the model
draft-again = Start again from what is in force
draft-terms = Terms (TOML)
draft-text = Text that people read (Markdown); the terms carry its digest
draft-terms-file = Or choose the file with the terms (TOML)
draft-text-file = Or choose the file with the text (Markdown)
draft-do-check = Check
draft-do-replay = Replay on what we hold
draft-do-sign = Sign
draft-sign-words = Our signature binds the agency. The others get terms and signature; in force when all have signed.
draft-sign-confirm = I sign for the agency what stands above
draft-sound = No faults. The terms fit each other and, where it stands there, the text.
draft-faults = { $count ->
    [one] One fault. Nothing was signed.
   *[other] { $count } faults. Nothing was signed.
}
draft-refused = { $count ->
    [one] Not signed: one fault.
   *[other] Not signed: { $count } faults.
}
draft-faults-title = Faults
draft-line = Line
draft-there = What stands there
draft-found = Found
draft-allowed = Allowed
model-police-cooperation = Police cooperation
model-arms-traceability = Tracing of firearms
model-financial-intelligence = Financial intelligence
model-cyber = Cybercrime
model-multi-party = Several parties
replay-title = What the draft would change
replay-against = Compared with “{ $agreement }”, over { $objects ->
    [one] 1 object
   *[other] { $objects } objects
} that you see.
replay-against-nothing = Nothing is in force with these parties; over { $objects ->
    [one] 1 object
   *[other] { $objects } objects
} that you see.
replay-cut = More is held than was looked at: the newest count.
replay-same = Nothing would leave that does not leave now, and nothing less.
replay-counts = Differences by type and clause
replay-lines = Object by object
replay-beyond = { $count ->
    [one] One more is not listed.
   *[other] { $count } more are not listed.
}
replay-verdict = What changes
replay-type = Type
replay-more = Would leave, and stays now
replay-fewer = Would stay, and leaves now
replay-changed = Leaves with other properties
replay-history = Releases that were sent
replay-past = objects that left: { $left }; of these would stay: { $stay }
error-agreement-blank = The title or the legal basis is still to be filled in. Nothing was signed.
error-agreement-amends = A new agreement says no amends, and an amendment says what happens to what was released before. Nothing was signed.
error-agreement-model = There is no model of this name.
error-agreement-party-missing = A party of what it amends is missing. Who leaves terminates; the others sign a new agreement.
error-agreement-suspended = We suspended what it amends. Resume it first: a later version would not be suspended.
error-agreement-terminated = What it amends is terminated. Draft a new agreement.
releases-scheduled = Approved, waiting for the partner's slot
release-offence = Offence that it is about
release-offence-none = None named
release-ground-reason = Why it is transferred by way of exception
release-follow = Later changes of these objects may follow without asking, as long as they show no other field
release-for = For { $person } alone
release-person = For one person alone
release-person-none = No: for the unit
release-person-words = TLP:RED for one named person. It always needs a second person's approval, goes into no collection, and the unit's node does not learn of it.
release-file-title = As a file, to be carried
release-file-words = The same that the partner's node fetches, encrypted to it. Writing the file counts as handing it out and is entered in the log; it can be written again.
release-file-slot = The same that the partner's node would fetch from its slot on, encrypted to it. Writing the file now does not wait for the slot: the release is sent at once, with the times of now, and entered in the log as handed out.
release-file-person = Encrypted to this person's own key. It is written once: keep it until it has arrived. Writing it counts as handing it out and is entered in the log.
release-file-button = Download the encrypted file
said-scheduled = The release leaves in the partner's next slot.
said-updates-out = What waited is out. What nobody decided on waits for a person.
said-accepted = The objects are held. The partner gets our receipt.
said-rejected = The delivery is refused. Nothing of it is shown or found.
said-cut-off = The partner is cut off. Its tokens are dead and what waited for it never leaves.
said-exchanged = The exchange is done. What came is told below.
error-form-unconfirmed = The box that confirms it was not ticked. Nothing was changed.
error-form-too-long = The form holds too much text. Nothing was changed.
error-partner-card = This is no card that can be pinned: paste exactly what the partner's enlace card printed.
error-partner-self = This is the card of this node. Paste that of the partner.
error-partner-known = This card cannot take the place of the pinned one. Call the partner and compare the fingerprint.
error-partner-taken = Another partner has this identity or this TLS key. Call the partner.
error-partner-vetting = A vetting record needs who vetted (at most 200 characters) and a last day that is not over.
error-token-days = A token is good for 1 to 365 days.
error-token-unknown = There is no such token of this partner any more.
error-person-text = A person needs a name, and on what it rests that this person may receive, each of at most 200 characters.
error-person-recipient = This is no key that this person alone has: paste the line age1… that the person's own age-keygen printed, not the key of the partner's node.
error-person-name = There is no such person of this partner any more.
error-person-agreement = This agreement does not let TLP:RED leave to named persons.
error-form-no-file = No file was chosen. Nothing was changed.
error-form-not-text = The file is no text in UTF-8. Nothing was changed.
error-form-broken = The file did not arrive whole. Nothing was changed. Try again.
error-inbox-not-an-envelope = These are no papers of a partner. An encrypted file is read on the page of partners.
error-bundle-plain = This file is not encrypted. Only what is encrypted to this node is read here; papers in clear are read on the page of agreements.
error-bundle-not-age = This is no file of a partner's node. Nothing was changed.
error-bundle-not-for-us = This file is encrypted to somebody else. Nothing was changed. Do not pass it on; tell the partner.
error-bundle-damaged = The file is damaged or was changed on its way. Nothing was changed. Ask the partner for a new one.
error-bundle-frame = What is in the file is no delivery of a partner's node. Nothing was changed. Tell the partner.
error-bundle-version = The file comes from a newer version of the program than this one reads. Nothing was changed.
error-bundle-signature = The file is not signed by a key of the partner that it names. Nothing was changed. Call the partner.
error-bundle-content = What is in the file is not what its sender signed. Nothing was changed. Call the partner.
error-bundle-record = A release-record in the file does not hold. Nothing was changed. Call the partner.
error-bundle-unlisted = The file holds an object that no signed record in it lists. Nothing was changed. Call the partner.
error-bundle-unknown-sender = The file is from a node whose card is not pinned here. Nothing was changed.
error-bundle-other-addressee = Its sender wrote the file for another node. Nothing was changed. Do not pass it on; tell both partners.
error-bundle-recalled = The file is older than a recall that has come by another way. Nothing was changed. Destroy it and ask the partner for a newer one.
error-inbox-ground = The reason is too long: at most 500 characters.

## Summary of an agreement

summary-parties = The parties are { $parties }.
summary-validity = In force from { $from } until { $until }, once every party has signed.
summary-amends-keep = It amends an earlier agreement; what was released under that stays released.
summary-amends-narrow = It amends an earlier agreement; what was released under that is narrowed to what these terms let out.
summary-amends-recall = It amends an earlier agreement; what was released under that is recalled.
summary-purposes = The data serve only these purposes, one of which each release names: { $purposes }.
summary-purposes-none = No purpose is agreed on: nothing is released.
summary-recipients = Only these units receive, and only while their vetting is valid: { $units }.
summary-recipients-none = Nobody receives.
summary-transfer-adequacy = Ground of the transfer: the recipient protects data adequately.
summary-transfer-safeguards = Ground of the transfer: safeguards in a binding instrument.
summary-transfer-derogation = Ground of the transfer: an exception; each release names its reason.
summary-assurances = For { $purposes }, a person leaves only if the release names one of these offences: { $offences }. For these the recipients gave assurances against { $against }.
summary-assurances-none = No assurance about an offence is asked for.
summary-assurances-nobody = For { $purposes }, no person leaves: assurances against { $against } were given for no offence.
summary-types = Only these types of object leave: { $types }.
summary-types-none = No type of object leaves.
summary-ids-twins = Every object leaves under an identifier made for its recipient.
summary-ids-original = These types keep their identifier and leave whole or not at all: { $types }. Every other object leaves under an identifier made for its recipient.
summary-fields = { $type }: these leave as they are: { $properties }.
summary-fields-none = { $type }: no property leaves as it is.
summary-fields-reduced = { $type }: these leave in reduced form: { $properties }.
summary-fields-dropped = { $type }: of what leaves, these parts stay: { $properties }.
summary-fields-missing = { $type }: none leaves, for each needs { $properties }, which no clause lets out.
summary-reduced = { $property } ({ $mask })
summary-tlp-red = What is marked TLP:RED leaves only to a person whom each release names, encrypted to that person, by the decision of two officers.
summary-tlp = Up to TLP:{ $max } leaves. What is marked stricter, or not at all, stays.
summary-subjects = Of natural persons, only these categories leave: { $categories }. A person whose category nobody stated stays.
summary-subjects-none = No natural person leaves.
summary-identifiers = Of identifiers, only these kinds leave: { $kinds }.
summary-identifiers-none = No identifier leaves.
summary-evaluation = What has been evaluated leaves only from these grades upwards: { $floors }. What was graded by another scheme stays.
summary-evaluation-none = No grade of evaluation is asked for.
summary-evaluation-nothing = What has been evaluated stays.
summary-unevaluated-leaves = What nobody has evaluated leaves.
summary-unevaluated-stays = What nobody has evaluated stays.
summary-age = What was last true more than { $days ->
    [one] 1 day
   *[other] { $days } days
} ago stays.
summary-age-none = It may be of any age.
summary-undated-leaves = What states no date leaves.
summary-undated-stays = What states no date stays.
summary-handling = Under a handling code, only these leave: { $codes }.
summary-handling-none = Whatever bears a handling code stays.
summary-stamp = Everything that leaves bears { $codes }.
summary-caveats = Under a caveat, only these leave: { $caveats }.
summary-caveats-none = Whatever bears a caveat stays.
summary-pap = Where a marking limits the actions that are allowed, only these colours leave: { $colours }.
summary-pap-none = Whatever bears a limit of the actions that are allowed stays.
summary-text-none = Free text stays.
summary-text-tear-line = Free text stays; in its place leaves what an officer wrote for release.
summary-documents-none = Documents stay.
summary-documents-flattened = Documents leave as copies that show the pages and nothing else.
summary-documents-originals = Documents leave as they are held.
summary-never-red = Whatever the terms say, these never leave: what identifies a source, TLP:RED to anybody but the persons named, data of another agency without its consent, data whose own marking names others, a person whose category nobody stated, and what was withdrawn.
summary-never = Whatever the terms say, these never leave: what identifies a source, TLP:RED, data of another agency without its consent, data whose own marking names others, a person whose category nobody stated, and what was withdrawn.
summary-approval-automatic = Nobody approves a release: the agreement did.
summary-approval-one-officer = One officer approves each release.
summary-approval-four-eyes = An officer other than the one who drafted it approves each release.
summary-when-one-officer = One officer approves a release where { $conditions }.
summary-when-four-eyes = An officer other than the one who drafted it approves a release where { $conditions }.
summary-condition-types = an object is of the type { $names }
summary-condition-categories = a person is of the category { $names }
summary-condition-purposes = the purpose is { $names }
summary-condition-tlp = an object is marked TLP:{ $tlp } or stricter, or not marked
summary-condition-documents = an object carries a document
summary-condition-no-documents = an object carries no document
summary-condition-property = { $property } is { $values }
summary-standing = Without a pick, the rule “{ $name }” releases for { $purpose }: { $type }, where { $conditions }.
summary-standing-all = Without a pick, the rule “{ $name }” releases for { $purpose }: { $type }, every one.
summary-standing-person = The rule “{ $name }” reads { $properties }, which does not leave as it is: an officer judges each selection.
summary-slots = Updates are published every { $minutes ->
    [one] minute
   *[other] { $minutes } minutes
}.
summary-retention = The recipient keeps an object for at most { $days ->
    [one] 1 day
   *[other] { $days } days
} from its first release.
summary-review = Every { $days ->
    [one] day
   *[other] { $days } days
} it looks again whether it still needs it.
summary-onward-none = The recipient passes nothing on.
summary-onward-with-consent = The recipient passes on only with the originator's consent.
summary-onward-parties-only = The recipient may pass on to the other parties; to anybody else only with the originator's consent.
summary-onward-classes = The recipient may pass on to units of these classes: { $classes }; to anybody else only with the originator's consent.
summary-match = Hit or no hit is answered for { $kinds }, at most { $quota ->
    [one] once
   *[other] { $quota } times
} a day. Such a question never finds a protected person.
summary-match-none = Questions of hit or no hit are not answered.
summary-deadlines = A request is answered within { $direct ->
    [one] 1 hour
   *[other] { $direct } hours
} if it is urgent and the data are directly accessible, within { $indirect ->
    [one] 1 day
   *[other] { $indirect } days
} if it is urgent and they are not, and within { $other ->
    [one] 1 day
   *[other] { $other } days
} otherwise.
summary-deadlines-none = No deadline is agreed for answers to requests.
summary-answer = Whoever holds nothing and whoever refuses give the same answer, { $hours ->
    [one] 1 hour
   *[other] { $hours } hours
} after the request, whatever the deadlines say.
summary-answer-none = No common answer is agreed for “nothing is held” and “refused”.
summary-later = { $count ->
    [one] This version does not act on article { $clauses } yet: a node applies it once there are requests.
   *[other] This version does not act on articles { $clauses } yet: a node applies them once there are requests.
}
summary-acceptance-automatic = The recipient takes objects in at once, after the technical checks.
summary-acceptance-types = The recipient takes these types in at once, after the technical checks: { $types }. An officer judges the rest.
summary-acceptance-person = An officer of the recipient judges each delivery.
summary-stop = Each party may narrow or stop this alone, at any time.

identifier-iban = IBAN
identifier-bic = bank identifier code
identifier-account-number = account number
identifier-payment-card = payment card
identifier-phone = telephone number
identifier-imei = IMEI
identifier-imsi = IMSI
identifier-iccid = SIM card number
identifier-imo-ship = IMO number of a ship
identifier-imo-company = IMO number of a company
identifier-mmsi = MMSI
identifier-call-sign = call sign
identifier-container = container number
identifier-vin = vehicle identification number
identifier-plate = number plate
identifier-aircraft-registration = registration of an aircraft
identifier-identity-document = identity document
identifier-registration = number in a register of organisations
identifier-firearm-serial = serial number of a firearm
identifier-email = e-mail address
identifier-domain = domain name
identifier-ip = internet address
identifier-mac = hardware address
identifier-url = URL
identifier-hash = digest
identifier-crypto-address = cryptocurrency address
identifier-crypto-transaction = cryptocurrency transaction
identifier-account-login = login of an account
identifier-certificate = serial number of a certificate
identifier-document-number = number of a document or case
identifier-icao-address = transponder address
identifier-key = key
identifier-pattern = pattern with the identifiers in it
identifier-prisoner-number = prisoner number
identifier-seal = seal number
identifier-serial-number = other serial number

against-death-penalty = the death penalty
against-torture = torture

## Consent

place-consents = Consents
desk-consents-words = What another agency released to us stays its own: it decides whether it goes on, becomes evidence or serves another purpose. Each decision goes to the one partner that it concerns.
desk-consents-of-us = Asked of us
desk-consents-by-us = Asked by us
desk-consents-unasked = Given unasked
desk-consent-to = To whom (partner, key or class), or in which proceedings
desk-consent-until = Until (YYYY-MM-DD)
desk-consent-redacted = A copy with less in it may be passed on
desk-consent-named-as = How we are named in such a copy
desk-consent-ground = Ground, told to the partner
desk-consent-ask = Ask consent
desk-consent-grant = Grant
desk-consent-give = Consent unasked…
desk-consent-partner = Partner, where the agreement has several
desk-consent-types = Or types of objects (report, firearm)
desk-consent-refuse = Refuse
desk-consent-withdraw = Withdraw: what was passed on is recalled
consent-kind-onward = Passing on
consent-kind-evidence = Use as evidence
consent-kind-other-purpose = Another purpose
consent-state-open = Open
consent-state-granted = Granted
consent-state-refused = Refused
consent-state-withdrawn = Withdrawn
consent-state-expired = Over
consent-title = What its originator allows
consent-originators = Originators
consent-purpose = Purpose
consent-use = Use for it
consent-evidence = Use as evidence
consent-onward = Passing on to { $partner }
consent-copies = Copies that others have through us
consent-may = Yes
consent-may-not = No
consent-reason-own = it is our own
consent-reason-by-release = as it was released
consent-reason-by-consent = the originator consented
consent-reason-redacted = the originator consented to a copy that names it as it wishes
consent-reason-unasked = nobody was asked
consent-reason-refused = the originator refused
consent-reason-withdrawn = the originator withdrew its consent
consent-reason-expired = the consent is over
consent-reason-not-yet = the consent begins later
consent-reason-without-end = the consent states no end
consent-reason-conditions = the consent is bound to conditions in words
consent-reason-unreadable = the consent cannot be read whole
consent-reason-never = the agreement under which it came excludes it
consent-reason-unattributed = not released to us by its originator, or recalled

## Compartments, sources, protected persons, reviews, notes

place-danger = Danger to life
place-compartments = Compartments
place-sources = Sources
place-protected = Protected
place-reviews = Reviews
said-noted = Done and entered in the log.

desk-compartments-words = Objects in a compartment exist for its members only: nobody else finds or counts them. What partners have does not change.
desk-compartments-yours = Compartments that you are in
desk-compartments-none = You are in none.
desk-compartment = Compartment
desk-compartment-words = The lead says who is in it and takes objects out. What says something about an object goes in with it.
desk-compartment-make = New compartment
desk-put-in = Put objects in
desk-take-out = Take out
desk-member-in = Take a member in
desk-member-out = Put out
desk-member-lead = Hand over the lead
desk-name = Name
desk-kind = Kind
desk-why = Why
desk-lead = Lead
desk-members = Members
desk-do = To do
desk-ids = STIX ids, one a line
desk-whole = With everything they refer to
desk-nothing = Nothing here.
desk-when = When
desk-what = What
desk-who = Who
desk-number = Number
desk-state = State
desk-since = Since

desk-sources-words = The register opens with its own passphrase, each time. You alone are told what happens to objects that you linked.
desk-sources-yours = Your sources
desk-identity = Who it is
desk-passphrase = Passphrase of the register
desk-register-open = Open the register
desk-register-init = Make the register
desk-source-add = Enter a source
desk-source-link = Link objects
desk-source-unlink = Unlink objects
desk-source-status = State where it stands
desk-source-handler = Hand it over
desk-danger-words = A warning leaves to one known agency without an agreement, with the fewest fields. A second person looks at it within 24 hours.
desk-danger-check = Warn a partner
desk-danger-check-words = This is what the partner would get. Nothing has left yet.
desk-danger-confirm = A life is in danger, and this is to leave without an agreement.
desk-danger-send = Send the warning now
desk-danger-says = What it says
desk-danger-leaves = What goes with it
desk-danger-words-alone = The words alone.
desk-danger-field = Field
desk-danger-value = Leaves as
desk-danger-clause = Rule
desk-danger-reason = Danger
desk-danger-text = What threatens whom, where and when
desk-danger-why = Why you decide so (stays here)
desk-danger-told = Originators that are told
desk-danger-at = When
desk-danger-by = Sent by
desk-danger-review = Second person
desk-danger-received = Partners warn
desk-danger-sent = Warnings sent
desk-danger-none = None.
desk-danger-seen = Take note
desk-danger-confirmed = It was right
desk-danger-recalled = It was wrong: take it back
desk-danger-recall = Take it back
desk-hours-since = sent { $count ->
    [one] 1 hour ago
   *[other] { $count } hours ago
}
desk-danger-alert-received = { $count ->
    [one] A partner warns of a danger to life.
   *[other] Partners warn of a danger to life: { $count } warnings.
}
desk-danger-alert-overdue = { $count ->
    [one] A warning that we sent has had no second person for more than 24 hours.
   *[other] { $count } warnings that we sent have had no second person for more than 24 hours.
}
desk-danger-alert-review = { $count ->
    [one] A warning that we sent waits for a second person.
   *[other] { $count } warnings that we sent wait for a second person.
}
desk-danger-alert-yours = { $count ->
    [one] Something of your compartment left in a warning of danger to life.
   *[other] Something of your compartment left in { $count } warnings of danger to life.
}
danger-reason-threat-to-life = Threat to a life
danger-reason-hostage-taking = Hostages
danger-reason-kidnapping = Kidnapping
danger-reason-armed-attack = Armed attack
danger-reason-explosives = Explosives
danger-reason-poisoning = Poison
danger-state-waiting = On its way
danger-state-received = Received
danger-state-recalled = Taken back
danger-state-purged = Taken back; the partner states that it is erased
danger-state-withdrawn = Taken back
danger-review-open = Within 24 hours
danger-review-overdue = OVERDUE
danger-review-confirmed = It was right
danger-review-recalled = It was wrong
desk-alerts = What happened to linked objects
desk-alerts-none = Nothing so far.
desk-holds = Your holds
desk-hold-place = Hold a set back from release
desk-hold-lift = End the hold

desk-protected-words = A status changes nothing that a partner has or gets. It warns who releases, and an officer decides on a whole set.
desk-proposals = Sets to decide on
desk-protected-persons = Protected persons
desk-set = Set
desk-released = Of these at partners
desk-decision = Decision
desk-decide = Decide
desk-status = Status
desk-basis = On what it rests
desk-person = STIX id of the person
desk-protect = State a protected status

desk-reviews-words = What is overdue is hidden from everybody but reviewers and does not leave.
desk-overdue = Overdue
desk-due = Due since
desk-until = Keep until (YYYY-MM-DD)
desk-review-keep = Keep it
desk-review-erase = Erase it
desk-recalls = Recalls and who has not answered
desk-recalls-words = What partners are to erase: recalled, corrected, or at the end of its retention. What a partner states is its statement, no proof. After seven days an answer is overdue.
desk-recall-all = Withdraw from every partner…
desk-recall-all-words = Every partner that has it is asked to remove it: its node reads that with its next synchronisation. One person is enough.
desk-recall-earlier = Withdraw the earlier versions alone…
desk-recall-earlier-words = The last version that a partner has corrects the others: those are removed there, and the last one stays.
desk-recalls-waiting = Not answered
desk-recalls-none-waiting = Every partner that fetched something has answered.
desk-recalls-rest = Answered, or never fetched
desk-recall-why = Why
desk-recall-days = Days
desk-recall-state = Where it stands
desk-recall-stated = The partner's statement
desk-legal-holds = Legal holds
desk-legal-holds-words = What a partner released stays here, restricted, if the partner takes it back or its retention ends. The partner reads the ground, never the reference. The end of the hold removes what is restricted.
desk-legal-hold-place = Place a legal hold
desk-legal-hold-lift = End the legal hold
desk-legal-ground = Ground
desk-legal-reference = Proceedings or decision
desk-legal-by = Placed by
desk-restricted-since = Restricted since
recall-reason-recall = Recalled
recall-reason-retention = End of retention
recall-reason-correction = Corrected
recall-state-waiting = No answer yet
recall-state-overdue = Overdue
recall-state-not-fetched = Never fetched: nothing to answer
recall-state-answered = Answered
recall-outcome-stated = Partner states
recall-outcome-ground = Ground
copies-content = Content
copies-old-versions = Earlier versions
copies-notes = Notes
copies-alerts = Alerts
copies-exports = Exports
copies-onward-copies = Copies passed on
copies-state-purged = removed
copies-state-restricted = restricted under legal hold
copies-state-none = none
copies-state-recalled = recalled, answers awaited
legal-ground-evidence = Evidence
legal-ground-accuracy-contested = Accuracy is contested
legal-ground-proceedings = Court proceedings
legal-ground-court-order = Order of a court

desk-notes = Own notes
desk-notes-none = None. They stay inside and never go along with the object.
desk-note = Note
desk-note-label = A label: a word to sort by
desk-note-add = Write a note
desk-note-remove = Take it away

document-copy = See the copy that leaves
document-pages = { $count ->
    [one] 1 page
   *[other] { $count } pages
}
document-bytes = { $count } bytes
document-differs = The copy differs from the original:
document-withheld = The document stays:
document-page = (page { $page })
document-note-further-frames = only the first frame or page of the picture
document-note-transparency = transparent parts became white
document-note-reduced = drawn coarser, because the page is large
document-note-fonts = a font that it does not bring was replaced
document-note-hidden-layers = hidden layers left out
document-note-annotations = notes and marks of readers left out
document-note-form-fields = form fields are part of the page
document-note-attachments = attached files left out
document-note-scripts = programs left out
document-note-plain-layout = set anew as plain text and tables
document-note-tracked-changes = tracked changes: deleted text left out, inserted text accepted
document-note-comments = comments left out
document-note-hidden-text = text that is not surely seen left out
document-note-hidden-rows = hidden rows or columns left out
document-note-hidden-sheets = hidden sheets left out
document-note-images = pictures and drawings left out; a mark stands in their place
document-note-unseen-characters = characters that are not seen left out
document-note-missing-characters = characters that our font lacks are empty boxes
document-refusal-no-content = its content is not in the object, only an address or a hash of it
document-refusal-empty = it is empty
document-refusal-too-large = it or its copy is too large
document-refusal-type-unknown = a type that cannot be flattened
document-refusal-type-mismatch = its content is not of the type that it says
document-refusal-malformed = it is damaged, or programs would read it differently
document-refusal-encrypted = it is encrypted or has a password
document-refusal-pixels = a picture or page is too large
document-refusal-pages = it has too many pages
document-refusal-expansion = it expands to too much
document-refusal-depth = it is nested too deeply
document-refusal-parts = it has too many parts
document-refusal-work = drawing it takes too long; look again later
document-refusal-macros = it contains programs
document-refusal-active = it shows different things at different times
document-refusal-layers = it has layers of which we cannot say whether they are seen
document-refusal-annotations = marks lie over its pages that we would not draw
document-refusal-covered = something may lie over its text
document-refusal-save-as-pdf = save it as PDF first and import that
document-refusal-script = it is in a script that our font lacks
document-refusal-unfaithful = we cannot draw it as it is seen
document-refusal-fault = it could not be read
release-protected = Protected persons leave with this: { $names }. Approving it confirms that.
release-protected-confirm = I confirm that protected persons leave

compartment-kind-case = Case
compartment-kind-need-to-know = Need to know
source-state-active = Active
source-state-resting = Resting
source-state-closed = Closed
alert-release-drafted = A release was drafted
alert-release-approved = A release was approved
alert-release-sent = A release was sent
alert-danger-to-life = It left in a warning of danger to life
alert-recall = It was recalled
alert-repeated-looks = Repeated looks
decision-keep = Keep
decision-narrow = Release no more of it
decision-recall = Release no more and recall
protected-victim = Victim
protected-hostage = Hostage
protected-witness = Witness
protected-minor = Minor
protected-officer = Named officer
protected-journalist = Journalist
protected-lawyer = Lawyer
protected-rights-defender = Rights defender
protected-reporting-person = Reported a suspicious transaction
