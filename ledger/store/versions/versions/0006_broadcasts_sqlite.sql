CREATE TABLE broadcast (
	society TEXT NOT NULL, 
	no INTEGER NOT NULL, 
	text TEXT DEFAULT '' NOT NULL, 
	scope TEXT DEFAULT '' NOT NULL, 
	group_name TEXT DEFAULT '' NOT NULL, 
	"by" INTEGER NOT NULL, 
	second_by INTEGER DEFAULT '0' NOT NULL, 
	state TEXT DEFAULT 'going' NOT NULL, 
	begun_on TEXT NOT NULL, 
	begun_at INTEGER NOT NULL, 
	page INTEGER DEFAULT '0' NOT NULL, 
	origin TEXT DEFAULT '' NOT NULL, 
	origin_no INTEGER DEFAULT '0' NOT NULL, 
	spread INTEGER NOT NULL, 
	made INTEGER NOT NULL, 
	made_to INTEGER DEFAULT '0' NOT NULL, 
	settled INTEGER NOT NULL, 
	PRIMARY KEY (society, no), 
	CONSTRAINT broadcast_states CHECK (state IN ('going','paused','stopped')), 
	CONSTRAINT broadcast_two CHECK (second_by = 0 OR second_by <> by)
)
 WITHOUT ROWID,
 STRICT
-- next
CREATE INDEX broadcast_unsettled ON broadcast (begun_at, society, no) WHERE settled = 0
-- next
CREATE UNIQUE INDEX broadcast_villages ON broadcast (origin, origin_no, society) WHERE origin <> ''
