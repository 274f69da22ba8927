CREATE TABLE society (
	code TEXT NOT NULL, 
	name TEXT DEFAULT '' NOT NULL, 
	province TEXT DEFAULT '' NOT NULL, 
	county TEXT DEFAULT '' NOT NULL, 
	township TEXT DEFAULT '' NOT NULL, 
	village TEXT DEFAULT '' NOT NULL, 
	founded_on TEXT NOT NULL, 
	opened_on TEXT NOT NULL, 
	charter TEXT DEFAULT '' NOT NULL, 
	village_phone TEXT DEFAULT '' NOT NULL, 
	township_phone TEXT DEFAULT '' NOT NULL, 
	county_phone TEXT DEFAULT '' NOT NULL, 
	PRIMARY KEY (code)
)
-- next
CREATE INDEX society_place ON society (province, county, township)
-- next
CREATE TABLE charter_version (
	society TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	name TEXT DEFAULT '' NOT NULL, 
	since TEXT NOT NULL, 
	resolution TEXT DEFAULT '' NOT NULL, 
	body TEXT NOT NULL, 
	adopted_on TEXT, 
	PRIMARY KEY (society, version)
)
-- next
CREATE TABLE county_rules (
	province TEXT NOT NULL, 
	county TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	name TEXT DEFAULT '' NOT NULL, 
	since TEXT NOT NULL, 
	source TEXT DEFAULT '' NOT NULL, 
	body TEXT NOT NULL, 
	PRIMARY KEY (province, county, version)
)
-- next
CREATE TABLE person (
	society TEXT NOT NULL, 
	no INTEGER NOT NULL, 
	name TEXT DEFAULT '' NOT NULL, 
	sex TEXT DEFAULT '' NOT NULL, 
	phone TEXT DEFAULT '' NOT NULL, 
	id_card TEXT DEFAULT '' NOT NULL, 
	household TEXT DEFAULT '' NOT NULL, 
	PRIMARY KEY (society, no)
)
-- next
CREATE INDEX person_name ON person (society, name)
-- next
CREATE TABLE household (
	society TEXT NOT NULL, 
	no TEXT NOT NULL, 
	head TEXT DEFAULT '' NOT NULL, 
	person INTEGER NOT NULL, 
	category TEXT DEFAULT '' NOT NULL, 
	joined_on TEXT NOT NULL, 
	left_on TEXT, 
	group_name TEXT DEFAULT '' NOT NULL, 
	leader INTEGER NOT NULL, 
	gifted_fen BIGINT DEFAULT '0' NOT NULL, 
	matched_fen BIGINT DEFAULT '0' NOT NULL, 
	deferred_fen BIGINT DEFAULT '0' NOT NULL, 
	deferred_until TEXT, 
	PRIMARY KEY (society, no), 
	CONSTRAINT household_shares CHECK (gifted_fen >= 0 AND matched_fen >= 0 AND deferred_fen >= 0)
)
-- next
CREATE INDEX household_person ON household (society, person)
-- next
CREATE INDEX household_group ON household (society, group_name)
-- next
CREATE TABLE office (
	society TEXT NOT NULL, 
	person INTEGER NOT NULL, 
	title TEXT NOT NULL, 
	since TEXT NOT NULL, 
	until TEXT, 
	rank INTEGER DEFAULT '0' NOT NULL, 
	PRIMARY KEY (society, person, title, since), 
	CONSTRAINT office_term CHECK (until IS NULL OR until >= since)
)
-- next
CREATE TABLE address (
	channel TEXT NOT NULL, 
	account TEXT NOT NULL, 
	sender TEXT NOT NULL, 
	society TEXT NOT NULL, 
	person INTEGER NOT NULL, 
	bound_on TEXT NOT NULL, 
	silent INTEGER NOT NULL, 
	ended_on TEXT, 
	tongue TEXT DEFAULT '' NOT NULL, 
	PRIMARY KEY (channel, account, sender, society, person)
)
-- next
CREATE INDEX address_person ON address (society, person)
-- next
CREATE TABLE loan (
	society TEXT NOT NULL, 
	no INTEGER NOT NULL, 
	household TEXT DEFAULT '' NOT NULL, 
	person INTEGER NOT NULL, 
	amount_fen BIGINT NOT NULL, 
	purpose TEXT DEFAULT '' NOT NULL, 
	months INTEGER NOT NULL, 
	plan TEXT DEFAULT '' NOT NULL, 
	fee_ppm_month INTEGER NOT NULL, 
	charter_version INTEGER NOT NULL, 
	status TEXT NOT NULL, 
	applied_on TEXT NOT NULL, 
	payer_one TEXT DEFAULT '' NOT NULL, 
	payer_two TEXT DEFAULT '' NOT NULL, 
	approved_on TEXT, 
	disclosed_on TEXT, 
	closes_on TEXT, 
	signed_on TEXT, 
	paid_out_on TEXT, 
	received_on TEXT, 
	ended_on TEXT, 
	held TEXT DEFAULT '' NOT NULL, 
	version INTEGER DEFAULT '1' NOT NULL, 
	imported INTEGER NOT NULL, 
	special_case INTEGER DEFAULT '0' NOT NULL, 
	PRIMARY KEY (society, no), 
	CONSTRAINT loan_amounts CHECK (amount_fen > 0 AND months > 0 AND fee_ppm_month >= 0), 
	CONSTRAINT loan_payers CHECK (payer_one = '' OR (payer_one <> payer_two AND payer_one <> household AND payer_two <> household))
)
-- next
CREATE INDEX loan_ended ON loan (society, household, ended_on)
-- next
CREATE INDEX loan_household ON loan (society, household, status)
-- next
CREATE INDEX loan_status ON loan (society, status)
-- next
CREATE TABLE loan_instalment (
	society TEXT NOT NULL, 
	loan INTEGER NOT NULL, 
	n INTEGER NOT NULL, 
	due_on TEXT NOT NULL, 
	principal_fen BIGINT NOT NULL, 
	fee_fen BIGINT NOT NULL, 
	paid_principal_fen BIGINT DEFAULT '0' NOT NULL, 
	paid_fee_fen BIGINT DEFAULT '0' NOT NULL, 
	charge_fen BIGINT DEFAULT '0' NOT NULL, 
	charge_paid_fen BIGINT DEFAULT '0' NOT NULL, 
	charged_to TEXT, 
	paid_on TEXT, 
	PRIMARY KEY (society, loan, n), 
	CONSTRAINT instalment_planned CHECK (principal_fen >= 0 AND fee_fen >= 0 AND charge_fen >= 0), 
	CONSTRAINT instalment_paid CHECK (paid_principal_fen BETWEEN 0 AND principal_fen AND paid_fee_fen BETWEEN 0 AND fee_fen AND charge_paid_fen BETWEEN 0 AND charge_fen)
)
-- next
CREATE INDEX instalment_open ON loan_instalment (due_on, society, loan) WHERE paid_principal_fen + paid_fee_fen + charge_paid_fen < principal_fen + fee_fen + charge_fen
-- next
CREATE TABLE endorsement (
	society TEXT NOT NULL, 
	loan INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	person INTEGER NOT NULL, 
	answer TEXT DEFAULT '' NOT NULL, 
	rank INTEGER NOT NULL, 
	said_on TEXT, 
	title TEXT DEFAULT '' NOT NULL, 
	PRIMARY KEY (society, loan, kind, person), 
	CONSTRAINT endorsement_words CHECK ((kind IN ('consent','key','signature') OR kind LIKE '%.consent' OR kind LIKE '%.key') AND answer IN ('','yes','no','moved'))
)
-- next
CREATE INDEX endorsement_person ON endorsement (society, person, kind, answer)
-- next
CREATE TABLE loan_review (
	society TEXT NOT NULL, 
	loan INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	no INTEGER NOT NULL, 
	stage TEXT NOT NULL, 
	months INTEGER NOT NULL, 
	amount_fen BIGINT NOT NULL, 
	reason TEXT DEFAULT '' NOT NULL, 
	asked_on TEXT NOT NULL, 
	asked_by INTEGER NOT NULL, 
	resolution TEXT DEFAULT '' NOT NULL, 
	filing TEXT DEFAULT '' NOT NULL, 
	disclosed_on TEXT, 
	closes_on TEXT, 
	done_on TEXT, 
	after_seq INTEGER DEFAULT '0' NOT NULL, 
	PRIMARY KEY (society, loan, kind, no), 
	CONSTRAINT loan_review_sums CHECK (kind IN ('extension','write_off') AND months >= 0 AND amount_fen >= 0), 
	CONSTRAINT loan_review_shown CHECK (stage <> 'done' OR (disclosed_on IS NOT NULL AND closes_on < done_on))
)
-- next
CREATE INDEX loan_review_stage ON loan_review (society, stage)
-- next
CREATE TABLE quote (
	society TEXT NOT NULL, 
	loan INTEGER NOT NULL, 
	"on" TEXT NOT NULL, 
	total_fen BIGINT NOT NULL, 
	until_on TEXT NOT NULL, 
	until_hour INTEGER NOT NULL, 
	PRIMARY KEY (society, loan, "on")
)
-- next
CREATE TABLE challenge (
	society TEXT NOT NULL, 
	loan INTEGER NOT NULL, 
	person INTEGER NOT NULL, 
	issue INTEGER NOT NULL, 
	content TEXT NOT NULL, 
	issued_at BIGINT NOT NULL, 
	tries INTEGER DEFAULT '0' NOT NULL, 
	used INTEGER NOT NULL, 
	PRIMARY KEY (society, loan, person, issue), 
	CONSTRAINT challenge_tries CHECK (tries BETWEEN 0 AND 3)
)
-- next
CREATE TABLE disclosure (
	society TEXT NOT NULL, 
	no INTEGER NOT NULL, 
	kind TEXT DEFAULT '' NOT NULL, 
	loan INTEGER NOT NULL, 
	opened_on TEXT NOT NULL, 
	closes_on TEXT NOT NULL, 
	closed_on TEXT, 
	head_seq INTEGER NOT NULL, 
	head_hash TEXT DEFAULT '' NOT NULL, 
	facts TEXT NOT NULL, 
	PRIMARY KEY (society, no), 
	CONSTRAINT disclosure_days CHECK (closes_on >= opened_on)
)
-- next
CREATE INDEX disclosure_open ON disclosure (closes_on, society) WHERE closed_on IS NULL
-- next
CREATE TABLE matter (
	society TEXT NOT NULL, 
	no INTEGER NOT NULL, 
	kind TEXT DEFAULT '' NOT NULL, 
	loan INTEGER NOT NULL, 
	person INTEGER NOT NULL, 
	text TEXT DEFAULT '' NOT NULL, 
	raised_on TEXT NOT NULL, 
	answered_on TEXT, 
	answer TEXT DEFAULT '' NOT NULL, 
	answered_by INTEGER NOT NULL, 
	PRIMARY KEY (society, no)
)
-- next
CREATE INDEX matter_open ON matter (society, loan) WHERE answered_on IS NULL
-- next
CREATE TABLE proposal (
	society TEXT NOT NULL, 
	no INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	household TEXT DEFAULT '' NOT NULL, 
	by INTEGER NOT NULL, 
	state TEXT NOT NULL, 
	raised_on TEXT NOT NULL, 
	body TEXT NOT NULL, 
	due_on TEXT, 
	agreed_by INTEGER DEFAULT '0' NOT NULL, 
	agreed_on TEXT, 
	ended_on TEXT, 
	PRIMARY KEY (society, no), 
	CONSTRAINT proposal_states CHECK (state IN ('open','agreed','done','refused','withdrawn')), 
	CONSTRAINT proposal_two CHECK (agreed_by <> by OR agreed_by = 0)
)
-- next
CREATE INDEX proposal_alive ON proposal (society, kind) WHERE state IN ('open','agreed')
-- next
CREATE TABLE assent (
	society TEXT NOT NULL, 
	proposal INTEGER NOT NULL, 
	person INTEGER NOT NULL, 
	answer TEXT DEFAULT '' NOT NULL, 
	said_on TEXT, 
	paper TEXT DEFAULT '' NOT NULL, 
	PRIMARY KEY (society, proposal, person), 
	CONSTRAINT assent_words CHECK (answer IN ('','yes','no'))
)
-- next
CREATE INDEX assent_person ON assent (society, person, answer)
-- next
CREATE TABLE paper (
	society TEXT NOT NULL, 
	loan INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	person INTEGER NOT NULL, 
	side TEXT NOT NULL, 
	by INTEGER NOT NULL, 
	number TEXT DEFAULT '' NOT NULL, 
	said_on TEXT NOT NULL, 
	PRIMARY KEY (society, loan, kind, person, side), 
	CONSTRAINT paper_sides CHECK (side IN ('leader','supervisor'))
)
-- next
CREATE UNIQUE INDEX paper_once ON paper (society, loan, kind, person, by)
-- next
CREATE TABLE kin (
	society TEXT NOT NULL, 
	one TEXT NOT NULL, 
	other TEXT NOT NULL, 
	relation TEXT DEFAULT '' NOT NULL, 
	told_by INTEGER NOT NULL, 
	told_on TEXT NOT NULL, 
	ended_on TEXT, 
	PRIMARY KEY (society, one, other), 
	CONSTRAINT kin_order CHECK (one < other)
)
-- next
CREATE TABLE pairing (
	society TEXT NOT NULL, 
	household TEXT NOT NULL, 
	cadre INTEGER NOT NULL, 
	since TEXT NOT NULL, 
	ended_on TEXT, 
	PRIMARY KEY (society, household)
)
-- next
CREATE TABLE entry (
	society TEXT NOT NULL, 
	seq INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	"on" TEXT NOT NULL, 
	booked_on TEXT NOT NULL, 
	memo TEXT DEFAULT '' NOT NULL, 
	loan INTEGER NOT NULL, 
	reverses INTEGER NOT NULL, 
	by INTEGER NOT NULL, 
	key TEXT NOT NULL, 
	hash TEXT NOT NULL, 
	code TEXT NOT NULL, 
	PRIMARY KEY (society, seq), 
	CONSTRAINT entry_order CHECK (seq > 0 AND "on" <= booked_on)
)
-- next
CREATE INDEX entry_late ON entry (society, booked_on) WHERE "on" < booked_on
-- next
CREATE UNIQUE INDEX entry_reverses ON entry (society, reverses) WHERE reverses > 0
-- next
CREATE INDEX entry_code ON entry (society, code)
-- next
CREATE INDEX entry_booked ON entry (society, booked_on, seq)
-- next
CREATE UNIQUE INDEX entry_key ON entry (society, key)
-- next
CREATE TABLE allocation (
	society TEXT NOT NULL, 
	seq INTEGER NOT NULL, 
	loan INTEGER NOT NULL, 
	n INTEGER NOT NULL, 
	principal_fen BIGINT NOT NULL, 
	fee_fen BIGINT NOT NULL, 
	charge_fen BIGINT NOT NULL, 
	paid_on TEXT NOT NULL, 
	PRIMARY KEY (society, seq, loan, n)
)
-- next
CREATE INDEX allocation_loan ON allocation (society, loan, n)
-- next
CREATE TABLE inbox (
	channel TEXT NOT NULL, 
	account TEXT NOT NULL, 
	sender TEXT NOT NULL, 
	key TEXT NOT NULL, 
	digest TEXT DEFAULT '' NOT NULL, 
	received_at BIGINT NOT NULL, 
	kind TEXT DEFAULT '' NOT NULL, 
	text TEXT DEFAULT '' NOT NULL, 
	command TEXT DEFAULT '' NOT NULL, 
	society TEXT DEFAULT '' NOT NULL, 
	person INTEGER DEFAULT '0' NOT NULL, 
	state TEXT DEFAULT '' NOT NULL, 
	reply TEXT DEFAULT '' NOT NULL, 
	failure TEXT DEFAULT '' NOT NULL, 
	PRIMARY KEY (channel, account, sender, key)
)
-- next
CREATE TABLE question (
	channel TEXT NOT NULL, 
	account TEXT NOT NULL, 
	sender TEXT NOT NULL, 
	society TEXT DEFAULT '' NOT NULL, 
	person INTEGER NOT NULL, 
	command TEXT DEFAULT '' NOT NULL, 
	slots TEXT NOT NULL, 
	wants TEXT DEFAULT '' NOT NULL, 
	nonce TEXT DEFAULT '' NOT NULL, 
	content TEXT DEFAULT '' NOT NULL, 
	tries INTEGER DEFAULT '0' NOT NULL, 
	expires_at BIGINT NOT NULL, 
	PRIMARY KEY (channel, account, sender)
)
-- next
CREATE TABLE notice (
	id BIGSERIAL NOT NULL, 
	society TEXT DEFAULT '' NOT NULL, 
	key TEXT NOT NULL, 
	person INTEGER NOT NULL, 
	channel TEXT DEFAULT '' NOT NULL, 
	account TEXT DEFAULT '' NOT NULL, 
	recipient TEXT DEFAULT '' NOT NULL, 
	say TEXT DEFAULT '' NOT NULL, 
	facts TEXT NOT NULL, 
	priority INTEGER NOT NULL, 
	day TEXT NOT NULL, 
	state TEXT DEFAULT 'waiting' NOT NULL, 
	not_before BIGINT DEFAULT '0' NOT NULL, 
	attempt INTEGER DEFAULT '0' NOT NULL, 
	lease_until BIGINT DEFAULT '0' NOT NULL, 
	made_at BIGINT NOT NULL, 
	done_at BIGINT DEFAULT '0' NOT NULL, 
	reason TEXT DEFAULT '' NOT NULL, 
	reference TEXT DEFAULT '' NOT NULL, 
	sent_channel TEXT DEFAULT '' NOT NULL, 
	segments INTEGER DEFAULT '0' NOT NULL, 
	turn BIGINT DEFAULT '0' NOT NULL, 
	broadcast INTEGER DEFAULT '0' NOT NULL, 
	tries INTEGER DEFAULT '0' NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT notice_states CHECK (state IN ('waiting','leased','sent','failed','unknown','delivered','paused','cancelled','merged'))
)
-- next
CREATE INDEX notice_waiting ON notice (priority, turn, id) WHERE state IN ('waiting','leased')
-- next
CREATE INDEX notice_person ON notice (society, person, done_at)
-- next
CREATE INDEX notice_serial ON notice (reference) WHERE reference LIKE 'tencent:%'
-- next
CREATE UNIQUE INDEX notice_key ON notice (society, key)
-- next
CREATE INDEX notice_broadcast ON notice (society, broadcast, state) WHERE broadcast > 0
-- next
CREATE TABLE setting (
	name TEXT NOT NULL, 
	value TEXT DEFAULT '' NOT NULL, 
	PRIMARY KEY (name)
)
-- next
CREATE TABLE day_done (
	day TEXT NOT NULL, 
	done_at BIGINT NOT NULL, 
	PRIMARY KEY (day)
)
-- next
CREATE TABLE deed (
	society TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	"on" TEXT NOT NULL, 
	reference TEXT DEFAULT '' NOT NULL, 
	PRIMARY KEY (society, kind)
)
-- next
CREATE TABLE cash_count (
	society TEXT NOT NULL, 
	no INTEGER NOT NULL, 
	day TEXT NOT NULL, 
	book_fen BIGINT NOT NULL, 
	first_by INTEGER NOT NULL, 
	first_role TEXT DEFAULT '' NOT NULL, 
	first_fen BIGINT NOT NULL, 
	second_by INTEGER DEFAULT '0' NOT NULL, 
	second_fen BIGINT DEFAULT '0' NOT NULL, 
	state TEXT NOT NULL, 
	entry INTEGER DEFAULT '0' NOT NULL, 
	PRIMARY KEY (society, no), 
	CONSTRAINT cash_count_two CHECK (first_fen >= 0 AND second_fen >= 0 AND first_by <> second_by), 
	CONSTRAINT cash_count_states CHECK (state IN ('open','agreed','differed','void'))
)
-- next
CREATE TABLE month_close (
	society TEXT NOT NULL, 
	month TEXT NOT NULL, 
	until TEXT NOT NULL, 
	closed_on TEXT NOT NULL, 
	by INTEGER NOT NULL, 
	seq INTEGER NOT NULL, 
	hash TEXT DEFAULT '' NOT NULL, 
	PRIMARY KEY (society, month), 
	CONSTRAINT month_close_over CHECK (until < closed_on)
)
-- next
CREATE TABLE year_end (
	society TEXT NOT NULL, 
	year INTEGER NOT NULL, 
	done_on TEXT NOT NULL, 
	resolution TEXT DEFAULT '' NOT NULL, 
	sheet TEXT NOT NULL, 
	PRIMARY KEY (society, year)
)
-- next
CREATE TABLE risk_claim (
	fund TEXT NOT NULL, 
	no INTEGER NOT NULL, 
	society TEXT DEFAULT '' NOT NULL, 
	event TEXT DEFAULT '' NOT NULL, 
	loss_fen BIGINT NOT NULL, 
	evidence TEXT DEFAULT '' NOT NULL, 
	claimed_on TEXT NOT NULL, 
	state TEXT NOT NULL, 
	paid_fen BIGINT DEFAULT '0' NOT NULL, 
	ended_on TEXT, 
	reason TEXT DEFAULT '' NOT NULL, 
	PRIMARY KEY (fund, no), 
	CONSTRAINT risk_claim_sums CHECK (loss_fen > 0 AND paid_fen >= 0 AND paid_fen <= loss_fen), 
	CONSTRAINT risk_claim_states CHECK (evidence <> '' AND state IN ('asked','paid','refused'))
)
-- next
CREATE TABLE disaster (
	society TEXT NOT NULL, 
	no INTEGER NOT NULL, 
	event TEXT DEFAULT '' NOT NULL, 
	since TEXT NOT NULL, 
	months INTEGER NOT NULL, 
	declared_on TEXT NOT NULL, 
	"order" TEXT DEFAULT '' NOT NULL, 
	resolution TEXT DEFAULT '' NOT NULL, 
	PRIMARY KEY (society, no), 
	CONSTRAINT disaster_months CHECK (months BETWEEN 1 AND 12)
)
-- next
CREATE TABLE exit (
	society TEXT NOT NULL, 
	ordered_on TEXT NOT NULL, 
	"order" TEXT DEFAULT '' NOT NULL, 
	holder TEXT DEFAULT '' NOT NULL, 
	stage TEXT NOT NULL, 
	settled_on TEXT, 
	custody_fen BIGINT DEFAULT '0' NOT NULL, 
	handed_on TEXT, 
	receipt TEXT DEFAULT '' NOT NULL, 
	PRIMARY KEY (society), 
	CONSTRAINT exit_stages CHECK (stage IN ('ordered','settled','handed') AND custody_fen >= 0), 
	CONSTRAINT exit_receipt CHECK (stage <> 'handed' OR receipt <> '')
)
-- next
CREATE TABLE posting (
	society TEXT NOT NULL, 
	seq INTEGER NOT NULL, 
	line INTEGER NOT NULL, 
	account TEXT NOT NULL, 
	sub TEXT DEFAULT '' NOT NULL, 
	amount_fen BIGINT NOT NULL, 
	balance_fen BIGINT NOT NULL, 
	total_fen BIGINT NOT NULL, 
	PRIMARY KEY (society, seq, line), 
	CONSTRAINT posting_amount CHECK (amount_fen <> 0 AND abs(amount_fen) <= 100000000000000), 
	CONSTRAINT posting_money CHECK (account NOT IN ('cash','bank') OR total_fen >= 0), 
	FOREIGN KEY(society, seq) REFERENCES entry (society, seq) DEFERRABLE INITIALLY DEFERRED
)
-- next
CREATE INDEX posting_sub ON posting (society, account, sub, seq, line)
-- next
CREATE INDEX posting_account ON posting (society, account, seq, line)
-- next
CREATE OR REPLACE FUNCTION books_only_grow() RETURNS trigger LANGUAGE plpgsql AS
'BEGIN RAISE EXCEPTION ''books only grow''; END';
CREATE OR REPLACE FUNCTION entry_balanced() RETURNS trigger LANGUAGE plpgsql AS
'BEGIN IF (SELECT coalesce(sum(amount_fen), 1) FROM posting WHERE society = NEW.society AND seq = NEW.seq) <> 0
 THEN RAISE EXCEPTION ''entry does not balance''; END IF; RETURN NEW; END';
CREATE OR REPLACE FUNCTION posting_not_late() RETURNS trigger LANGUAGE plpgsql AS
'BEGIN IF EXISTS (SELECT 1 FROM entry WHERE society = NEW.society AND seq = NEW.seq)
 THEN RAISE EXCEPTION ''entry is closed''; END IF; RETURN NEW; END';
-- next
CREATE TRIGGER entry_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON entry FOR EACH STATEMENT EXECUTE FUNCTION books_only_grow()
-- next
CREATE TRIGGER posting_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON posting FOR EACH STATEMENT EXECUTE FUNCTION books_only_grow()
-- next
CREATE TRIGGER allocation_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON allocation FOR EACH STATEMENT EXECUTE FUNCTION books_only_grow()
-- next
CREATE TRIGGER entry_balanced BEFORE INSERT ON entry FOR EACH ROW EXECUTE FUNCTION entry_balanced()
-- next
CREATE TRIGGER posting_not_late BEFORE INSERT ON posting FOR EACH ROW EXECUTE FUNCTION posting_not_late()
-- next
CREATE OR REPLACE FUNCTION entry_month_open() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF EXISTS (SELECT 1 FROM month_close c WHERE c.society = NEW.society AND c.until >= NEW."on") THEN RAISE EXCEPTION ''month is closed''; END IF; RETURN NEW; END'
-- next
CREATE TRIGGER entry_month_open BEFORE INSERT ON entry FOR EACH ROW EXECUTE FUNCTION entry_month_open()
