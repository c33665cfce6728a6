package mail

import "kokko/ground/clock"

const (
	mailColumns   = `region_id, mail_id, state, purpose, spark_id, message_id, recipient, subject, body, language, automatic, created_at, sent_at, tries, reply`
	insertMail    = `INSERT INTO mails (` + mailColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, 0, '')`
	updateMail    = `UPDATE mails SET state = $3, sent_at = $4, reply = $5, body = $6 WHERE region_id = $1 AND mail_id = $2`
	sendingMail   = `UPDATE mails SET state = $3, reply = '', tries = tries + 1 WHERE region_id = $1 AND mail_id = $2 AND state = $4`
	selectAbout   = `SELECT mail_id, purpose FROM mails WHERE region_id = $1 AND spark_id = $2`
	selectLetters = `SELECT ` + mailColumns + ` FROM mails WHERE region_id = $1 AND spark_id = $2 AND mail_id > $3 ORDER BY mail_id LIMIT $4`
	eraseMails    = `DELETE FROM mails WHERE region_id = $1 AND mail_id {in $2}`
	selectMail    = `SELECT ` + mailColumns + ` FROM mails WHERE region_id = $1 AND mail_id = $2`
	selectMails   = `SELECT ` + mailColumns + ` FROM mails WHERE region_id = $1 AND mail_id < $2 ORDER BY mail_id DESC LIMIT $3`
	selectMailsOf = `SELECT ` + mailColumns + ` FROM mails WHERE region_id = $1 AND mail_id < $2 AND state = $4 ORDER BY mail_id DESC LIMIT $3`
	againMail     = `UPDATE mails SET state = $6 WHERE region_id = $1 AND mail_id = $2 AND state IN ($3, $4, $5)`

	insertArrival = `INSERT INTO mail_arrivals (region_id, letter_hash, sender_hash, spark_id, arrived_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (region_id, letter_hash) DO NOTHING`
	countArrival      = `SELECT COUNT(*) FROM mail_arrivals WHERE region_id = $1 AND letter_hash = $2`
	countArrivals     = `SELECT COUNT(*) FROM mail_arrivals WHERE region_id = $1 AND arrived_at > $2`
	countArrivalsFrom = `SELECT COUNT(*) FROM mail_arrivals WHERE region_id = $1 AND sender_hash = $2 AND arrived_at > $3`
	latestAbout       = `SELECT spark_id FROM mail_arrivals WHERE region_id = $1 AND sender_hash = $2 AND spark_id > 0 ORDER BY arrived_at DESC LIMIT 1`
	lastArrival       = `SELECT MAX(arrived_at) FROM mail_arrivals WHERE region_id = $1`
	selectArrivals    = `SELECT arrived_at FROM mail_arrivals WHERE region_id = $1 AND spark_id = $2 ORDER BY arrived_at, letter_hash`
	eraseSender       = `UPDATE mail_arrivals SET sender_hash = '' WHERE region_id = $1 AND spark_id = $2`
	deleteArrivals    = `DELETE FROM mail_arrivals WHERE region_id = $1 AND arrived_at < $2`

	oldMails       = ` FROM mails WHERE region_id = $1 AND mail_id < $2 AND state <> $3 AND state <> $4`
	selectOldMails = `SELECT mail_id` + oldMails + ` ORDER BY mail_id LIMIT $5`
	countOldMails  = `SELECT COUNT(*)` + oldMails
)

type scanner interface{ Scan(dest ...any) error }

func scanPosted(row scanner) (p Posted, err error) {
	var created, done int64
	err = row.Scan(&p.Region, &p.ID, &p.Stand, &p.Purpose, &p.Spark, &p.MessageID, &p.To, &p.Subject, &p.Text, &p.Language, &p.Automatic, &created, &done, &p.Tries, &p.Reply)
	p.Created, p.Done = clock.FromMicros(created), clock.FromMicros(done)
	return p, err
}
